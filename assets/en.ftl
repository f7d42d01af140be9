# Sampan's words in English. The same ids and variables stand in zh-CN.ftl; a test holds them together.
# Names of files and people arrive in variables and are never markup.

## Pages

nav-label = Pages
nav-transfer = Transfer
nav-settings = Settings
rail-on = Receiving
rail-off = Not receiving
rail-failed = Cannot receive

## Receiving

receive-title = Receive
receive-switch = Receive files on this computer
receive-off = Off. Nobody can send to this computer.
receive-on = On. The other person types one of these addresses.
receive-on-for = On, for { $time } more. The other person types one of these addresses.
receive-on-once = On, for one transfer. The other person types one of these addresses.
receive-on-offline = On, but this computer has no network address. Connect it to a network.
receive-failed = Receiving could not be switched on.
receive-retry = Try again
receive-retry-name = Try again to switch Receive on
receive-port-action = Change the port
receive-more = { $count ->
    [one] 1 more address
   *[other] { $count } more addresses
}
receive-fewer = Fewer addresses
copy = Copy
copy-address-name = Copy the address { $address }

lasting-name = Receive stays on
lasting-until-off = Until switched off
lasting-while = For 10 minutes
lasting-once = For one transfer
code-for = People who are not paired type this code. It is good for one try.
code-name = Code { $code }
code-left = Another one comes in { $time }
copy-code-name = Copy the code
desk-busy = Somebody is typing the code. The next one comes at once.
desk-closed-title = No code is shown now
desk-closed = Too many wrong codes were typed. A new one comes in { $time }. Paired computers are not affected.
desk-open = Show a new code
desk-none = Only paired computers can send to this one. Strangers can be allowed in the settings.
guess = { $address } typed a wrong code, { $when }
guesses-more = { $count ->
    [one] and one more wrong code today
   *[other] and { $count } more wrong codes today
}

## Choosing and sending

send-title = Send
add-files = Add files…
add-files-name = Add files to send
add-folder = Add folder…
add-folder-name = Add folders to send
paste = Paste
paste-name = Paste files from the clipboard
drop-title = Drop files or folders here, or add them
drop-hint = They stay where they are; Sampan sends a copy.
drop-now = Let go to add them
chosen-label = Chosen files and folders
chosen-sum = { $count ->
    [one] 1 file, { $size }
   *[other] { $count } files, { $size }
}
chosen-counting = counting…
chosen-passed = { $count ->
    [one] 1 of them cannot be sent
   *[other] { $count } of them cannot be sent
}
clear = Clear
clear-name = Take all files out of the list
unchoose-name = Take { $name } out of the list
unreadable-sum = { $count ->
    [one] 1 of these cannot be sent.
   *[other] { $count } of these cannot be sent.
}
unreadable-remove = { $count ->
    [one] Take it out
   *[other] Take them out
}
address-label = To
address-name = The other computer, by name or address
address-hint = Name or address, for example 192.168.1.6
places-name = Paired computers, and addresses used before
places-use-paired = Send to { $peer }, a paired computer
recents-use = Send to { $address }
send-button = Send
send-name = { $count ->
    [one] Send 1 file to { $to }
   *[other] Send { $count } files to { $to }
}
send-name-counting = Send all of it to { $to }
why-ready = The other person is asked first; nothing is sent before they accept.
why-nothing = Add files or a folder first.
why-unreadable = First take out what cannot be sent.
why-no-address = Type the address that the other computer shows under Receive.
why-ambiguous = More than one paired computer is meant by that. Type the first letters of its fingerprint.
why-bad-address = This is neither a paired computer nor an address. Write a name or numbers, for example 192.168.1.6 or 192.168.1.6:7267.

## Transfers

transfers-title = Transfers
transfers-empty = No transfers yet
transfers-empty-hint = Switch Receive on to get files, or add files and folders and send them.
title-many = { $count ->
    [one] { $name } and 1 more
   *[other] { $name } and { $count } more
}
title-folder = { $name } · { $files }
title-folders = { $name } and more · { $files }
title-none = Files
peer-to = to { $peer }
peer-from = from { $peer }
peer-unknown = the other computer
files-count = { $count ->
    [one] 1 file
   *[other] { $count } files
}
stage-preparing = Reading
stage-connecting = Connecting
stage-code = Code
stage-planning = Comparing
stage-reconnecting = Reconnecting
stage-waiting = Waiting
stage-sending = Sending
stage-receiving = Receiving
stage-checking = Checking
stage-paused = Paused
status-preparing = Reading the files
status-connecting-out = Connecting to { $peer }
status-connecting-in = Being told what comes
status-needs-code = Waiting for the code that { $peer } shows
status-planning = Comparing with what is there already; only what is missing is sent
status-reconnecting = Connection lost. Looking for { $peer }; it goes on where it stopped
status-waiting-out = Waiting for { $peer } to accept
status-waiting-in = Waiting for your answer
status-sending = Sending
status-receiving = Receiving
status-checking-out = All is sent. The other computer is checking it
status-checking-in = Checking what arrived
status-paused = Paused
status-paused-there = Paused by { $peer }
status-paused-both = Paused here and by { $peer }
outcome-delivered = Delivered, verified
outcome-partial = Delivered in part
outcome-declined = Declined
outcome-cancelled = Cancelled
outcome-interrupted = Connection lost
outcome-failed = Failed
ended-some = { $saved } of { $files ->
    [one] 1 file
   *[other] { $files } files
}
ended-failed = { $count } failed
ended-identical = { $count } already there
ended-skipped = { $count } already there or not wanted
ended-delivered = { $size } in { $time }, { $rate }
amount = { $done } of { $total }
percent = { $percent } %
time-left = { $time } left
answer-left = { $time } left to answer
bar-name-out = Sending { $title } to { $peer }
bar-name-in = Receiving { $title } from { $peer }
bar-value = { $percent } %, { $done } of { $total }
cancel = Cancel
cancel-name-out = Cancel sending { $title } to { $peer }
cancel-name-in = Cancel receiving { $title } from { $peer }
pause = Pause
pause-name = Pause { $title } with { $peer }
resume = Resume
resume-name = Go on with { $title } with { $peer }
more-name = More about { $title } with { $peer }
limit = Limit speed…
limit-name = Limit the speed of { $title } with { $peer }
limit-window = Limit the speed
limit-question = How fast may { $title } be?
limit-field = Highest speed
limit-none = No limit
limit-help = For example 500 kB/s or 2 MB/s. It holds at once, and for this transfer only. Empty: no limit.
limit-no-rate = That is no speed. Write a number with K, M or G behind it, for example 500 kB/s or 2 MB/s.
limit-too-slow = That is too slow: 1 kB/s at least. Is the K, M or G missing?
limit-too-fast = No line is that fast. Leave the field empty for no limit.
limit-set = Set
limit-set-name = Set the highest speed of { $title }
limit-not = Leave it as it is
limit-at-most = limit { $rate }
save-receipt = Save receipt…
save-receipt-name = Save the receipt of { $title } with { $peer }
receipt-saved = Receipt and checksums saved:
files = Files
restarted = { $count ->
    [one] 1 file started again: it changed since it was interrupted.
   *[other] { $count } files started again: they changed since they were interrupted.
}
files-name = Show or hide the files of { $title }
files-group = Files shown
files-all = All ({ $count })
files-failed = Failed ({ $count })
files-waiting = Waiting ({ $count })
files-none = There are no files in it.
files-none-failed = None failed.
files-none-waiting = None is waiting.
files-gone = The list of these files is no longer kept.
file-saved = safe, verified
file-saved-as = saved as { $name }
file-identical-out = already there
file-identical-in = already here
file-unwanted = not wanted
file-failed = failed
file-waiting = waiting
file-missing = did not arrive
cancel-window = Cancel this transfer?
cancel-question = Cancel { $title }?
cancel-meaning-out = Files that arrived whole stay on the other computer. What is not complete can wait there, so that the transfer can go on later.
cancel-meaning-in = Files that arrived whole stay. What is not complete can wait here, so that the transfer can go on later.
cancel-keep = Keep it, to go on later
cancel-keep-name = Cancel, and keep what has arrived to go on later
cancel-remove = Remove it
cancel-remove-name = Cancel, and remove what is not complete
cancel-not = Do not cancel
answer = Answer…
answer-name = Answer whether to take { $title } from { $peer }
type-code = Type the code…
type-code-name = Type the code for { $title } to { $peer }
open-folder = Open folder
open-folder-name = Open the folder with { $title }
again = Send again
again-name = Send { $title } to { $peer } again
other-folder = Choose another folder…
other-folder-name = Choose another folder for received files
copy-details = Copy details
copy-details-name = Copy the details of { $title }
remove-name = Remove { $title } from the list
duration-moment = under 1 s
duration-seconds = { $s } s
duration-minutes = { $m } min { $s } s
duration-hours = { $h } h { $m } min

span-moment = less than a minute
span-minutes = { $count } min
span-hours = { $count } h
ago-moment = just now
ago-minutes = { $count } min ago
ago-hours = { $count } h ago
ago-days = { $count ->
    [one] 1 day ago
   *[other] { $count } days ago
}

## Transfers that were interrupted

unfinished-title = Interrupted transfers
unfinished-begun = begun { $when }
unfinished-hint-out = What { $peer } has already is not sent again.
unfinished-hint-in = It goes on by itself when { $peer } sends again. Into { $folder }
continue = Continue
continue-name = Continue sending { $title } to { $peer }
discard = Remove…
discard-name = Remove the interrupted transfer { $title } with { $peer }
discard-window = Remove this transfer?
discard-question = Remove { $title }, begun with { $peer }?
discard-meaning-out = Your own files stay as they are. What has not arrived cannot go on where it stopped; it can be sent anew.
discard-meaning-in = Files that arrived whole stay. What is not complete is removed and has to be sent anew.
discard-sure = Remove
discard-sure-name = Yes, remove this interrupted transfer
discard-keep = Keep
discard-keep-name = Keep this interrupted transfer

## Who it is, and how that was proven

proof-paired = Paired computer
proof-paired-meaning = It has proven that it is the computer you paired with.
proof-code = With your code
proof-code-out = With its code
proof-code-meaning = Somebody there typed the code that this computer showed. Its name is only what it calls itself.
proof-account = Account { $name }
proof-account-meaning = Somebody there knows the password of this account.
proof-agreed = Goes on
proof-agreed-meaning = It goes on with what was agreed to before, and can send nothing else.
proof-named = By its fingerprint
proof-named-meaning = It has the fingerprint that was asked for.
proof-anyone = Anyone: not verified
proof-anyone-meaning = Anybody can use this name. To be sure, ask the other person for the fingerprint in their Settings and compare.
namesake = NOT the paired one
namesake-warning = This is NOT the paired computer of that name.
remember-box = Remember this computer
remember-help = It needs no code any more. You are still asked each time.
remember-wished = { $peer } remembers this computer and would like to be remembered. It then needs no code; you are still asked each time.

## The question for the code

code-window = Type the code
code-title = Type the code that { $peer } shows
code-meaning = The code is on its screen, under Receive. It proves to both computers that nobody is between them. Nothing is sent before that.
code-field = Code of the other computer
code-hint = ––– –––
code-incomplete = Six digits
code-complete = Press Enter, or Continue
code-remember = Remember this computer (no code next time)
code-remember-help = Only for computers that you will send to again.
code-continue = Continue
code-continue-name = Send { $title } to { $peer } with this code

## A computer that wants to be remembered

caller-window = Remember this computer?
caller-title = { $peer } typed your code and wants to be remembered
caller-meaning = A computer that is remembered needs no code any more to send to this one.
caller-after = You are still asked about everything it sends, unless you choose otherwise under Settings, Paired computers. There you can also forget it.
caller-remember = Remember
caller-remember-name = Remember { $peer }
caller-not-now = Not now
caller-not-now-name = Do not remember { $peer }
caller-later-name = Decide later about { $peer }
caller-answer-name = Answer whether to remember { $peer }

## Pairing with another computer

pair-title = Pair with another computer
pair-meaning = Both computers then remember each other and need no code any more. On the other one: switch Receive on and read its address and code.
pair-address = Address of the other computer
pair-code = The code that it shows
pair-go = Pair
pair-go-name = Pair with this computer
pair-cancel-name = Do not pair
pair-connecting = Connecting, and trying the code
pair-asking = The code was right. Now somebody has to agree on the other computer.
pair-done = { $peer } is paired
pair-done-meaning = The two computers remember each other. Neither needs a code any more.
pair-one-sided = { $peer } is remembered here only
pair-one-sided-meaning = { $peer } does not remember this computer. When you send to it, it asks for its code again.
pair-close-name = Close the pairing
close = Close

## The question before receiving

prompt-window = Take these files?
prompt-title = { $count ->
    [one] { $peer } wants to send 1 file, { $size }
   *[other] { $peer } wants to send { $count } files, { $size }
}
prompt-files = Offered files
prompt-more = { $count ->
    [one] and 1 more file
   *[other] and { $count } more files
}
plan-sum-new = { $count } new
plan-sum-identical = { $count } already here
plan-sum-continued = { $count ->
    [one] 1 continues
   *[other] { $count } continue
}
plan-sum-restarted = { $count ->
    [one] 1 starts again
   *[other] { $count } start again
}
plan-sum-differing = { $count ->
    [one] 1 differs
   *[other] { $count } differ
}
plan-sum-blocked = { $count ->
    [one] 1 gets another name
   *[other] { $count } get other names
}
plan-sum-bytes = { $size } to come
plan-conflict = { $count ->
    [one] One file here has the same name and another content
   *[other] { $count } files here have the same names and other contents
}
plan-keep-both-meaning = What comes gets another name, such as “name (1)”. Nothing here changes.
plan-skip-meaning = What is here stays. The files that differ are not sent.
plan-replace-meaning = What comes takes the place of what is here, once it has arrived whole. What was here is gone then.
plan-new = new
plan-merge = into the folder here
plan-identical = already here
plan-continues = continues from { $percent } %
plan-keep-both = differs: keep both
plan-skip = differs: skip
plan-replace = differs: replace
plan-blocked = gets another name
plan-left = not taken
plan-take-name = Take { $name }
plan-decide-name = What happens to { $name }, which differs
conflict-group = Files that differ
conflict-keep-both = Keep both
conflict-skip = Skip
conflict-replace = Replace
prompt-folder = Into
change = Change…
change-prompt-name = Choose another folder for these files
prompt-room = Needs { $needed }, { $free } free
prompt-no-room = It does not fit there: needs { $needed }, { $free } free. Take less of it, or choose another folder.
prompt-accept = Accept
accept-name = Accept { $title } from { $peer }
prompt-decline = Decline
decline-name = Decline { $title } from { $peer }
prompt-later = Later
later-name = Decide later about { $title }

## Settings

settings-title = Settings
settings-device = This computer
settings-name = Name
settings-name-help = What other people see when you send to them.
settings-fingerprint = Fingerprint
settings-fingerprint-help = The other person compares it with what their window shows, to know that it is you.
copy-fingerprint-name = Copy the fingerprint of this computer
settings-receiving = Receiving
settings-folder = Folder
settings-folder-help = Received files go here unless you choose another folder for them.
change-folder-name = Choose the folder for received files
settings-strangers = Strangers
settings-strangers-help = Computers that are not paired. With the code they may ask, and you decide each time.
strangers-with-code = May ask with the code
strangers-not-at-all = Not at all
settings-port = Port
settings-port-help = When it is taken, the next free one up to { $last } is used.
settings-bad-port = A port is a number from 1 to 65535.
settings-transfers = Transfers
settings-conflict-help = What happens when a file comes that has the same name as one here and another content. You can still choose otherwise for each transfer and each file. An identical file is never sent again.
settings-limit = Highest speed
settings-limit-help = For all transfers together, for example 500 kB/s or 2 MB/s. Empty: no limit.
devices-title = Paired computers
devices-empty = No paired computers yet
devices-empty-hint = Pair with a computer that you use often: then neither needs a code any more. Or tick “Remember this computer” when you type a code.
devices-help = They need no code. When one of them sends: Ask lets you decide each time, Accept takes it at once, Block takes nothing.
devices-pair = Pair with another computer…
device-seen = Last seen { $when }
device-mutual = It remembers this computer too.
device-one-sided = It does not remember this computer and asks for its code.
device-policy = When { $peer } sends
policy-ask = Ask
policy-accept = Accept
policy-block = Block
forget = Forget
forget-name = Forget { $peer }
forget-question = Forget { $peer }? It will need a code again to send to this computer. Files that were sent stay.
forget-sure-name = Yes, forget { $peer }
forget-keep = Keep
forget-keep-name = Keep { $peer }
settings-window = Window
settings-language = Language
language-system = System
language-english = English
language-chinese = 简体中文
settings-theme = Theme
theme-system = System
theme-light = Light
theme-dark = Dark
option-name = { $group }: { $option }

## Leaving

leave-title = Quit Sampan?
leave-text = { $count ->
    [one] 1 transfer is still going on. Quitting stops it. What has arrived stays, and it can go on later.
   *[other] { $count } transfers are still going on. Quitting stops them. What has arrived stays, and they can go on later.
}
leave-stay = Keep running
leave-quit = Quit

## Short messages

toast-close-name = Close this message: { $text }
toast-copied = Copied
toast-nothing-to-paste = The clipboard holds no files.
toast-no-dialog = The system has no file dialog. Install zenity, or drop or paste the files.
toast-open-failed = The folder could not be opened.
dialog-files = Choose files to send
dialog-receipt = Choose a folder for the receipt
dialog-folder = Choose a folder
dialog-folders = Choose folders to send

## What went wrong: what happened, and what to do. $object is a quoted name or the noun below, $side is where the disk is.

quoted = “{ $name }”
noun-file = the file
noun-folder = the folder
noun-transfer = this transfer
noun-address = the address
failure-no-such-file = Sampan cannot find { $object }.
failure-no-such-file-advice = Nothing was sent of it. Look whether it was moved or renamed, and add it again.
failure-not-a-file = Only ordinary files can be sent: { $object } is something else.
failure-not-a-file-advice = Take it out of the list.
failure-reserved-name = Sampan keeps names like that of { $object } for its own files.
failure-reserved-name-advice = Give it another name, then add it again.
failure-path-too-long = The path of { $object } is too long to be sent.
failure-path-too-long-advice = Give it or the folders around it shorter names, then send it again.
failure-link-not-sent = The link { $object } was not sent: it leads out of the folder you chose, or in a circle.
failure-link-not-sent-advice = If the other side needs what it points to, add that too.
failure-link-nowhere = The link { $object } leads nowhere: what it points to is not there.
failure-link-nowhere-advice = Mend or remove it, then send it again.
failure-not-readable = You may not read { $object }.
failure-not-readable-advice = Ask its owner for permission to read it, then add it again.
failure-read-failed = { $side ->
    [there] Reading { $object } failed on { $peer }.
   *[here] Reading { $object } failed.
}
failure-read-failed-advice = No damaged file was delivered. Check the disk it is on, then send it again.
failure-source-changed = { $side ->
    [there] While { $peer } was reading it, somebody changed { $object }.
   *[here] While it was being read, somebody changed { $object }.
}
failure-source-changed-advice = No half-changed file was delivered. Send it again when nobody is writing to it.
failure-nothing-to-send = There is nothing to send.
failure-nothing-to-send-advice = Add files first.
failure-too-many-files = These are more files than one transfer can hold.
failure-too-many-files-advice = Nothing was sent. Send them in several goes, 10 million at most at a time, or pack them into one file.
failure-nobody-to-ask = Somebody has to answer, and this is no terminal to ask in.
failure-nobody-to-ask-advice = Nothing was received. Run it in a terminal, or with --accept paired to take what paired computers send, or with --accounts.
failure-not-careless = --accept all takes files from everyone who can reach this computer, without any proof of who it is.
failure-not-careless-advice = If you want that, add --insecure-anyone. Else use --accept paired: it takes files from paired computers, and from who knows the code.
failure-bad-address = Sampan does not understand { $object }.
failure-bad-address-advice = Write a name or numbers, for example 192.168.1.6 or 192.168.1.6:7267.
failure-bad-code = That is no code.
failure-bad-code-advice = A code has six digits. Type the one that the other computer shows now.
failure-name-not-found = No computer answers to the name { $object }.
failure-name-not-found-advice = Check the spelling, or type the numbers that the other computer shows under Receive.
failure-nobody-listens = Nobody receives at { $object }.
failure-nobody-listens-advice = Nothing was sent. Ask the other person to switch Receive on, and check the address and the port.
failure-unreachable = There is no way to { $object }.
failure-unreachable-advice = Nothing was sent. Check that both computers are in the same network and that no firewall blocks the port.
failure-not-sampan = Something answers at { $object }, but it is no Sampan.
failure-not-sampan-advice = Nothing was sent. Check the address and the port that the other computer shows under Receive.
failure-other-version = The Sampan on { $peer } is too different from this one.
failure-other-version-advice = Nothing was sent. Install the same version on both computers.
failure-code-needed = { $peer } shows a code of six digits that has to be typed here first.
failure-code-needed-advice = Nothing was sent. Read the code on the other screen and type it; on the command line: --code 123456.
failure-wrong-code = The code was not right.
failure-wrong-code-advice = Nothing was sent. A code is good for one try: the other computer now shows a new one, type that. If you are sure that it was right, somebody may be between the two computers: use another network.
failure-pairing-broken = The pairing with { $peer } broke off in the middle.
failure-pairing-broken-advice = Nothing was sent. The code is spent: type the new one that it shows now.
failure-no-accounts = { $peer } has no accounts.
failure-no-accounts-advice = Nothing was sent. Leave out --user; or ask its administrator to receive with --accounts.
failure-pairing-busy = Somebody else is typing the code of { $peer } at this moment.
failure-pairing-busy-advice = Nothing was sent. Wait a few seconds and type the new code that it shows then.
failure-pairing-closed = { $peer } shows no code now, because too many wrong ones were typed.
failure-pairing-closed-advice = Nothing was sent. On that computer choose “Show a new code” (on the command line: press Enter there), then type it here.
failure-not-proven = { $peer } could not prove that it shows this code: somebody may be between the two computers.
failure-not-proven-advice = Nothing was sent. Ask for a new code there before you try again, over another network if you can, or compare the fingerprints of both computers.
failure-wrong-device = What answers is not { $object }: it has another key.
failure-wrong-device-advice = Nothing was sent. Sampan was set up anew there, or another computer has this address, or somebody pretends to be it. If you know that it was set up anew, forget it here and pair again; if it is another computer, use the code that it shows.
failure-not-admitted = { $peer } does not take files from this computer.
failure-not-admitted-advice = Nothing was sent. Its owner can allow it there: under Settings, Paired computers and Strangers; or pair the two again.
failure-nothing-proven = { $peer } takes files from anyone and cannot prove who it is.
failure-nothing-proven-advice = Nothing was sent. Pair the two computers with a code; or, if anybody on the network may see the files, use --insecure-anyone.
failure-account-needed = { $peer } takes files only with a name and a password.
failure-account-needed-advice = Nothing was sent. Ask its administrator for an account and use: sampan send FILE --to ADDRESS --user NAME.
failure-wrong-password = Name or password wrong.
failure-wrong-password-advice = Nothing was sent. Check both; after several tries the next one takes longer.
failure-password-not-safe = Nobody has proven that { $peer } is the right computer, so the password was not sent.
failure-password-not-safe-advice = Nothing was sent. Pair with it once, or add --code with the code that it shows, or --device with its whole id.
failure-no-address = Sampan does not know where { $object } is now.
failure-no-address-advice = Nothing was sent. Type the address that it shows under Receive.
failure-protocol = The other side said something that Sampan does not understand.
failure-protocol-advice = Files that arrived whole are safe. Send again; if it happens again, copy the details and report them.
failure-connection-lost = The connection to { $peer } was lost.
failure-connection-lost-advice = What arrived is safe. Check the network; sent again, it goes on where it stopped.
failure-closed = Sampan was closed { $side ->
    [there] on { $peer }
   *[here] on this computer
} before everything was there.
failure-closed-advice = What arrived is safe. When both are open, sent again, it goes on where it stopped.
failure-superseded = The same is being sent a second time, and goes on there.
failure-superseded-advice = Nothing is lost. Wait for the other one to end.
failure-busy = { $side ->
    [there] { $peer } is busy with other transfers, and takes no more
   *[here] This computer is busy with other transfers, and takes no more
} just now.
failure-busy-advice = Nothing was sent. Wait until one of them has ended, then send again.
failure-declined = { $side ->
    [there] The files were declined on { $peer }.
   *[here] You declined these files.
}
failure-declined-advice = Nothing was sent.
failure-not-answered = { $side ->
    [there] Nobody answered in time on { $peer }.
   *[here] Nobody answered in time on this computer.
}
failure-not-answered-advice = Nothing was sent. Send again when somebody is there.
failure-not-receiving = Receive is switched off on { $side ->
    [there] { $peer }
   *[here] this computer
}.
failure-not-receiving-advice = Nothing was sent. Switch Receive on there, then send again.
failure-unsupported = The version of Sampan on { $peer } cannot take these files.
failure-unsupported-advice = Nothing was sent. Install the same version on both computers.
failure-cancelled = { $side ->
    [there] Somebody cancelled it on { $peer }.
   *[here] You cancelled it.
}
failure-cancelled-advice = Files that arrived whole stay. If the rest was kept, sending the same again goes on from there.
failure-wrong-digest = What arrived is not what was sent: { $object }.
failure-wrong-digest-advice = The damaged copy was thrown away. Send it again.
failure-disk-full = { $side ->
    [there] The disk on { $peer } is full.
   *[here] The disk of this computer is full.
}
failure-disk-full-advice = { $side ->
    [there] Files that arrived whole are safe. Ask the other person to make room or to choose another folder, then send again.
   *[here] Files that arrived whole are safe. Make room or choose another folder, then let it be sent again.
}
failure-folder-missing = { $side ->
    [there] The receive folder on { $peer } is not there.
   *[here] This folder is not there: { $object }.
}
failure-folder-missing-advice = { $side ->
    [there] Nothing was written. Ask the other person to choose another folder, then send again.
   *[here] Nothing was written. Choose another folder.
}
failure-folder-read-only = { $side ->
    [there] The receive folder on { $peer } is on a disk that cannot be written.
   *[here] Nothing can be written to the disk with { $object }.
}
failure-folder-read-only-advice = { $side ->
    [there] Nothing was written. Ask the other person to choose another folder, then send again.
   *[here] Nothing was written. Choose another folder.
}
failure-folder-forbidden = { $side ->
    [there] Sampan may not write into the receive folder on { $peer }.
   *[here] Sampan may not write into { $object }.
}
failure-folder-forbidden-advice = { $side ->
    [there] Nothing was written. Ask the other person to choose another folder, then send again.
   *[here] Nothing was written. Choose another folder.
}
failure-folder-unusable = { $side ->
    [there] The receive folder on { $peer } cannot be used: it is missing, or may not be written.
   *[here] Sampan cannot use { $object }.
}
failure-folder-unusable-advice = Nothing was sent. Ask the other person to look at that folder or to choose another one, then send again.
failure-write-failed = { $side ->
    [there] Writing { $object } failed on { $peer }.
   *[here] Writing { $object } failed on this computer.
}
failure-write-failed-advice = { $side ->
    [there] Files that arrived whole are safe. Ask the other person to check the disk, then send again.
   *[here] Files that arrived whole are safe. Check the disk or choose another folder.
}
failure-parts-left = { $object } were left by a receiver that was stopped in the middle.
failure-parts-left-advice = No complete file is among them, and no transfer goes on with them. You can delete what begins with .sampan- in the receive folder.
failure-address-in-use = Another program uses the port already: { $object }.
failure-address-in-use-advice = Close that program, or set another port.
failure-cannot-listen = This computer cannot receive at { $object }.
failure-cannot-listen-advice = Set another address or port.
failure-identity-unusable = The key of this computer is damaged, or others can read it: { $object }.
failure-identity-unusable-advice = Restore it from a backup, or remove it: Sampan then makes a new one, and others see a new fingerprint.
failure-settings-unusable = The settings cannot be read: { $object }.
failure-settings-unusable-advice = Mend or remove that file; without it Sampan uses its own defaults.
failure-home-unusable = Sampan cannot use its own folder: { $object }.
failure-home-unusable-advice = Give yourself permission to write there, or set SAMPAN_HOME to another folder.
failure-database-unusable = Sampan cannot use what it remembers of paired computers and accounts: { $object }.
failure-database-unusable-advice = Nothing in it was changed. If another Sampan is busy with it, try again; if it is damaged, restore that file from a backup.
failure-only-asked = { $peer } told what it would do. Nothing was sent.
failure-only-asked-advice = Send without --dry-run to send it.
failure-no-such-transfer = No interrupted transfer has the id { $object }.
failure-no-such-transfer-advice = Nothing was changed. “sampan transfers” lists them with their ids.
failure-ambiguous-transfer = More than one transfer is meant by { $object }.
failure-ambiguous-transfer-advice = Nothing was changed or sent. Name one by its id, at least 8 digits of it: “sampan transfers” and “sampan receipts” show them.
failure-nothing-to-resume = No transfer was interrupted.
failure-nothing-to-resume-advice = Nothing was sent. Send something with “sampan send”.
failure-sender-goes-on = The transfer { $object } comes to this computer: its sender goes on with it.
failure-sender-goes-on-advice = What arrived is safe. Keep receiving here, and let the other person send the same again.
failure-still-running = The transfer { $object } is still running.
failure-still-running-advice = Nothing was changed. Stop it first, where it runs.
failure-transfer-in-use = The same files are just being taken into { $object }, by another Sampan on this computer or a transfer that has not quite ended.
failure-transfer-in-use-advice = Nothing was changed. Wait until that is through, or close the other Sampan; then let them be sent again.
failure-no-such-device = No paired computer is called { $object }.
failure-no-such-device-advice = Nothing was changed. “sampan devices” lists the paired ones.
failure-ambiguous-device = More than one paired computer is meant by { $object }.
failure-ambiguous-device-advice = Nothing was changed or sent. Name it by its fingerprint, at least 8 letters of it.
failure-no-such-account = There is no account { $object }.
failure-no-such-account-advice = Nothing was changed. “sampan account list” shows all of them.
failure-account-exists = There is an account { $object } already.
failure-account-exists-advice = It was not changed. Choose another name, or change its password with “sampan account passwd”.
failure-bad-account-name = No account can be called { $object }.
failure-bad-account-name-advice = Nothing was changed. Use up to 32 of a-z, 0-9, dot, dash and underscore, and begin with a letter or a digit.
failure-bad-password = That cannot be a password.
failure-bad-password-advice = Nothing was changed. Choose one of 1 to 1024 bytes, the same both times.
failure-no-password = A password is needed, and there is no terminal here to ask for it.
failure-no-password-advice = Nothing was changed. Name a file that holds it with --password-file.
failure-receipt-unreadable = Sampan cannot read the receipt { $object }.
failure-receipt-unreadable-advice = Nothing was compared. Look whether it was moved or renamed, and whether you may read it.
failure-no-receipt = No receipt of { $object } is kept here.
failure-no-receipt-advice = The files are no worse for that. “sampan receipts” lists the receipts that there are.
failure-bad-receipt = { $object } is no receipt that a receiver signed: it is damaged, was changed, or is something else.
failure-bad-receipt-advice = Nothing it says is proven. Take the receipt from the other computer, which holds the same one.
failure-already-there = { $object } is already there, with something else in it.
failure-already-there-advice = It was not replaced. Choose another folder, or move it away first.
failure-internal = Something went wrong inside Sampan.
failure-internal-advice = Your own files were not touched. Copy the details and report them.
