//! Both ends of a session agree on who they are and on what only they know.

use crate::support::handshakes::{connected, device};

#[tokio::test]
async fn each_side_knows_itself_and_the_other() {
    let (anna, ben) = (device(), device());
    let (dialled, taken) = connected(&anna, &ben).await;
    assert_eq!((dialled.ours, dialled.device), (anna.device(), ben.device()));
    assert_eq!((taken.ours, taken.device), (ben.device(), anna.device()));
}

#[tokio::test]
async fn both_ends_export_the_same_and_no_two_sessions_do() {
    let (anna, ben) = (device(), device());
    let (dialled, taken) = connected(&anna, &ben).await;
    assert!(dialled.exporter == taken.exporter);
    assert_ne!(dialled.exporter.pair, dialled.exporter.login);
    assert_eq!(format!("{:?}", dialled.exporter), "Exporter(..)");
    let (again, _taken) = connected(&anna, &ben).await;
    assert_ne!(again.exporter.pair, dialled.exporter.pair);
    assert_ne!(again.exporter.login, dialled.exporter.login);
}
