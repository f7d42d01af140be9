# 舢板（Sampan）的中文文字。id 和变量与 en.ftl 一致，由测试保证。

## 页面

nav-label = 页面
nav-transfer = 传输
nav-settings = 设置
rail-on = 可以接收
rail-off = 未开启接收
rail-failed = 无法接收

## 接收

receive-title = 接收
receive-switch = 允许这台电脑接收文件
receive-off = 已关闭，别人无法向这台电脑发送文件。
receive-on = 已开启，请对方输入下面任意一个地址。
receive-on-for = 已开启，{ $time }后自动关闭。请对方输入下面任意一个地址。
receive-on-once = 已开启，完成一次传输后自动关闭。请对方输入下面任意一个地址。
receive-on-offline = 已开启，但这台电脑没有网络地址，请先连接网络。
receive-failed = 无法开启接收。
receive-retry = 重试
receive-retry-name = 重新尝试开启接收
receive-port-action = 更改端口
receive-more = 另有 { $count } 个地址
receive-fewer = 收起地址
copy = 复制
copy-address-name = 复制地址{ $address }

lasting-name = 接收时长
lasting-until-off = 直到手动关闭
lasting-while = 10 分钟
lasting-once = 仅一次传输
code-for = 未配对的人需输入此验证码，每个验证码只能用一次。
code-name = 验证码 { $code }
code-left = { $time }后更换
copy-code-name = 复制验证码
desk-busy = 有人正在输入验证码，稍后会显示新的验证码。
desk-closed-title = 暂不显示验证码
desk-closed = 输错次数过多，{ $time }后会显示新的验证码。已配对的电脑不受影响。
desk-open = 显示新验证码
desk-none = 只有已配对的电脑能向这台电脑发送文件。如需允许陌生人，请前往“设置”。
guess = { $address }输错了验证码，{ $when }
guesses-more = 今天另有 { $count } 次输错

## 选择与发送

send-title = 发送
add-files = 添加文件…
add-files-name = 添加要发送的文件
add-folder = 添加文件夹…
add-folder-name = 添加要发送的文件夹
paste = 粘贴
paste-name = 从剪贴板粘贴文件
drop-title = 把文件或文件夹拖到这里，或点击添加
drop-hint = 原文件不会移动，舢板发送的是副本。
drop-now = 松开即可添加
chosen-label = 已选文件和文件夹
chosen-sum = { $count } 个文件，{ $size }
chosen-counting = 正在统计…
chosen-passed = 其中 { $count } 项无法发送
clear = 清空
clear-name = 从列表中移除所有文件
unchoose-name = 从列表中移除{ $name }
unreadable-sum = 其中 { $count } 项无法发送。
unreadable-remove = { $count ->
   *[other] 移除
}
address-label = 发送到
address-name = 对方电脑，输入名称或地址
address-hint = 名称或地址，例如 192.168.1.6
places-name = 已配对的电脑和用过的地址
places-use-paired = 发送到已配对的电脑{ $peer }
recents-use = 发送到{ $address }
send-button = 发送
send-name = 发送 { $count } 个文件到{ $to }
send-name-counting = 全部发送到{ $to }
why-ready = 会先征求对方同意，对方接受之前不会发送任何内容。
why-nothing = 请先添加文件或文件夹。
why-unreadable = 请先移除无法发送的文件。
why-no-address = 请输入对方电脑“接收”处显示的地址。
why-ambiguous = 这个名称对应多台已配对的电脑，请输入其指纹开头的字母。
why-bad-address = 这既不是已配对的电脑，也不是有效的地址。请输入名称或数字地址，例如 192.168.1.6 或 192.168.1.6:7267。

## 传输

transfers-title = 传输列表
transfers-empty = 还没有传输
transfers-empty-hint = 开启“接收”来接收文件，或添加文件、文件夹后发送。
title-many = { $name }和另外 { $count } 个文件
title-folder = { $name } · { $files }
title-folders = { $name }等 · { $files }
title-none = 文件
peer-to = 发往{ $peer }
peer-from = 来自{ $peer }
peer-unknown = 对方电脑
files-count = { $count } 个文件
stage-preparing = 读取
stage-connecting = 连接
stage-code = 验证码
stage-planning = 比对
stage-reconnecting = 重新连接
stage-waiting = 等待
stage-sending = 发送
stage-receiving = 接收
stage-checking = 校验
stage-paused = 已暂停
status-preparing = 正在读取文件
status-connecting-out = 正在连接{ $peer }
status-connecting-in = 正在获取文件清单
status-needs-code = 请输入{ $peer }上显示的验证码
status-planning = 正在与已有内容比对，只会发送缺少的部分
status-reconnecting = 连接中断，正在寻找{ $peer }；会从中断处继续
status-waiting-out = 正在等待{ $peer }接受
status-waiting-in = 等待你的答复
status-sending = 正在发送
status-receiving = 正在接收
status-checking-out = 已全部发出，对方正在校验
status-checking-in = 正在校验收到的文件
status-paused = 已暂停
status-paused-there = { $peer }已暂停传输
status-paused-both = 这台电脑和{ $peer }都已暂停
outcome-delivered = 已送达，已校验
outcome-partial = 部分送达
outcome-declined = 已拒绝
outcome-cancelled = 已取消
outcome-interrupted = 连接中断
outcome-failed = 失败
ended-some = { $files } 个文件中的 { $saved } 个
ended-failed = { $count } 个失败
ended-identical = { $count } 个原已存在
ended-skipped = { $count } 个原已存在或不需要
ended-delivered = { $size }，用时{ $time }，{ $rate }
amount = { $done } / { $total }
percent = { $percent }%
time-left = 剩余{ $time }
answer-left = 请在{ $time }内答复
bar-name-out = 正在将{ $title }发送到{ $peer }
bar-name-in = 正在接收来自{ $peer }的{ $title }
bar-value = { $percent }%，{ $done } / { $total }
cancel = 取消
cancel-name-out = 取消将{ $title }发送到{ $peer }
cancel-name-in = 取消接收来自{ $peer }的{ $title }
pause = 暂停
pause-name = 暂停与{ $peer }之间的{ $title }
resume = 继续
resume-name = 继续与{ $peer }之间的{ $title }
more-name = 与{ $peer }之间的{ $title }的更多操作
limit = 限制速度…
limit-name = 限制与{ $peer }之间的{ $title }的速度
limit-window = 限制速度
limit-question = { $title }最快可以多快？
limit-field = 最高速度
limit-none = 不限
limit-help = 例如 500 kB/s 或 2 MB/s。立即生效，只影响这一次传输。留空表示不限。
limit-no-rate = 这不是速度。请写一个数字，后面加 K、M 或 G，例如 500 kB/s 或 2 MB/s。
limit-too-slow = 太慢了：至少 1 kB/s。是不是漏写了 K、M 或 G？
limit-too-fast = 没有线路能这么快。不想限速就留空。
limit-set = 确定
limit-set-name = 设定{ $title }的最高速度
limit-not = 保持不变
limit-at-most = 限速 { $rate }
save-receipt = 保存回执…
save-receipt-name = 保存与{ $peer }之间的{ $title }的回执
receipt-saved = 回执和校验和已保存：
files = 文件列表
restarted = { $count } 个文件重新开始：中断后已被改动。
files-name = 显示或隐藏{ $title }的文件
files-group = 显示的文件
files-all = 全部（{ $count }）
files-failed = 失败（{ $count }）
files-waiting = 等待（{ $count }）
files-none = 其中没有文件。
files-none-failed = 没有失败的文件。
files-none-waiting = 没有等待的文件。
files-gone = 这些文件的列表已不再保留。
file-saved = 已保存，已校验
file-saved-as = 已保存为{ $name }
file-identical-out = 对方已有
file-identical-in = 本机已有
file-unwanted = 不需要
file-failed = 失败
file-waiting = 等待
file-missing = 未到达
cancel-window = 取消这次传输？
cancel-question = 取消{ $title }？
cancel-meaning-out = 已完整送达的文件会留在对方电脑上。未完成的部分可以留在那里，以便日后继续。
cancel-meaning-in = 已完整到达的文件会保留。未完成的部分可以留在这里，以便日后继续。
cancel-keep = 保留，日后继续
cancel-keep-name = 取消，并保留已到达的部分以便日后继续
cancel-remove = 删除
cancel-remove-name = 取消，并删除未完成的部分
cancel-not = 不取消
answer = 答复…
answer-name = 答复是否接收来自{ $peer }的{ $title }
type-code = 输入验证码…
type-code-name = 输入验证码，将{ $title }发送到{ $peer }
open-folder = 打开文件夹
open-folder-name = 打开{ $title }所在的文件夹
again = 重新发送
again-name = 将{ $title }重新发送到{ $peer }
other-folder = 选择其他文件夹…
other-folder-name = 为接收的文件选择其他文件夹
copy-details = 复制详情
copy-details-name = 复制{ $title }的详情
remove-name = 从列表中移除{ $title }
duration-moment = 不到 1 秒
duration-seconds = { $s } 秒
duration-minutes = { $m } 分 { $s } 秒
duration-hours = { $h } 小时 { $m } 分

span-moment = 不到 1 分钟
span-minutes = { $count } 分钟
span-hours = { $count } 小时
ago-moment = 刚刚
ago-minutes = { $count } 分钟前
ago-hours = { $count } 小时前
ago-days = { $count } 天前

## 中断的传输

unfinished-title = 中断的传输
unfinished-begun = 开始于{ $when }
unfinished-hint-out = { $peer }已有的部分不会重新发送。
unfinished-hint-in = { $peer }再次发送时会自动继续，保存到{ $folder }
continue = 继续
continue-name = 继续将{ $title }发送到{ $peer }
discard = 移除…
discard-name = 移除与{ $peer }之间中断的传输{ $title }
discard-window = 移除这次传输？
discard-question = 移除与{ $peer }之间的{ $title }？
discard-meaning-out = 你自己的文件不受影响。未送达的部分无法从中断处继续，但可以重新发送。
discard-meaning-in = 已完整到达的文件会保留。未完成的部分会被删除，需要重新发送。
discard-sure = 移除
discard-sure-name = 是的，移除这次中断的传输
discard-keep = 保留
discard-keep-name = 保留这次中断的传输

## 对方是谁，如何验证

proof-paired = 已配对的电脑
proof-paired-meaning = 对方已证明自己就是与你配对的那台电脑。
proof-code = 凭你的验证码
proof-code-out = 凭对方的验证码
proof-code-meaning = 对方输入了这台电脑显示的验证码。名称由对方自己填写。
proof-account = 账户 { $name }
proof-account-meaning = 对方知道这个账户的密码。
proof-agreed = 继续传输
proof-agreed-meaning = 对方只能继续之前已同意的传输，不能发送其他内容。
proof-named = 凭指纹
proof-named-meaning = 对方的指纹与指定的一致。
proof-anyone = 任何人：未验证
proof-anyone-meaning = 任何人都可以使用这个名称。如需确认，请让对方念出其“设置”中的指纹，与此处核对。
namesake = 不是已配对的那台
namesake-warning = 这不是那台同名的已配对电脑！
remember-box = 记住这台电脑
remember-help = 以后它不再需要验证码，但每次发送仍会询问你。
remember-wished = { $peer }已记住这台电脑，并希望你也记住它。以后它不再需要验证码，但每次发送仍会询问你。

## 询问验证码

code-window = 输入验证码
code-title = 请输入{ $peer }上显示的验证码
code-meaning = 验证码显示在对方屏幕的“接收”处。它能向两台电脑证明中间没有其他人；在此之前不会发送任何内容。
code-field = 对方电脑的验证码
code-hint = ––– –––
code-incomplete = 六位数字
code-complete = 按回车键或点“继续”
code-remember = 记住这台电脑，下次无需验证码
code-remember-help = 仅用于以后还会发送文件的电脑。
code-continue = 继续
code-continue-name = 用此验证码将{ $title }发送到{ $peer }

## 请求被记住的电脑

caller-window = 要记住这台电脑吗？
caller-title = { $peer }输入了你的验证码，希望被记住
caller-meaning = 被记住的电脑向这台电脑发送文件时不再需要验证码。
caller-after = 它发送的内容仍会逐次询问你，除非你在“设置 > 已配对的电脑”中另作选择。在那里也可以忘记它。
caller-remember = 记住
caller-remember-name = 记住{ $peer }
caller-not-now = 暂不
caller-not-now-name = 不记住{ $peer }
caller-later-name = 稍后再决定是否记住{ $peer }
caller-answer-name = 答复是否记住{ $peer }

## 与另一台电脑配对

pair-title = 与另一台电脑配对
pair-meaning = 配对后两台电脑互相记住，以后都不再需要验证码。请在对方电脑上开启“接收”，查看它的地址和验证码。
pair-address = 对方电脑的地址
pair-code = 对方显示的验证码
pair-go = 配对
pair-go-name = 与这台电脑配对
pair-cancel-name = 取消配对
pair-connecting = 正在连接并核对验证码
pair-asking = 验证码正确，请等待对方电脑上的人同意。
pair-done = 已与{ $peer }配对
pair-done-meaning = 两台电脑已互相记住，以后都不再需要验证码。
pair-one-sided = 只有这台电脑记住了{ $peer }
pair-one-sided-meaning = 对方没有记住这台电脑，以后向{ $peer }发送时仍需输入它的验证码。
pair-close-name = 关闭配对窗口
close = 关闭

## 接收前的询问

prompt-window = 要接收这些文件吗？
prompt-title = { $peer }想发送 { $count } 个文件，共{ $size }
prompt-files = 对方要发送的文件
prompt-more = 还有 { $count } 个文件
plan-sum-new = { $count } 个新文件
plan-sum-identical = { $count } 个已存在
plan-sum-continued = { $count } 个从中断处继续
plan-sum-restarted = { $count } 个重新开始
plan-sum-differing = { $count } 个内容不同
plan-sum-blocked = { $count } 个将改名
plan-sum-bytes = 将接收{ $size }
plan-conflict = 有 { $count } 个同名文件内容不同
plan-keep-both-meaning = 新文件会另取名称，例如“名称 (1)”，已有的文件不变。
plan-skip-meaning = 保留已有的文件，内容不同的文件不会发送。
plan-replace-meaning = 新文件完整到达后取代已有的文件，已有的文件随即删除。
plan-new = 新
plan-merge = 并入已有文件夹
plan-identical = 已存在
plan-continues = 从 { $percent }% 处继续
plan-keep-both = 不同：都保留
plan-skip = 不同：跳过
plan-replace = 不同：替换
plan-blocked = 将改名
plan-left = 不接收
plan-take-name = 接收{ $name }
plan-decide-name = 如何处理内容不同的{ $name }
conflict-group = 内容不同的文件
conflict-keep-both = 都保留
conflict-skip = 跳过
conflict-replace = 替换
prompt-folder = 保存到
change = 更改…
change-prompt-name = 为这些文件选择其他文件夹
prompt-room = 需要{ $needed }，可用{ $free }
prompt-no-room = 空间不足：需要{ $needed }，可用{ $free }。请少选一些，或选择其他文件夹。
prompt-accept = 接收
accept-name = 接收来自{ $peer }的{ $title }
prompt-decline = 拒绝
decline-name = 拒绝来自{ $peer }的{ $title }
prompt-later = 稍后
later-name = 稍后再决定是否接收{ $title }

## 设置

settings-title = 设置
settings-device = 这台电脑
settings-name = 名称
settings-name-help = 你发送文件时，对方看到的名称。
settings-fingerprint = 指纹
settings-fingerprint-help = 对方将它与自己窗口中显示的内容核对，即可确认是你。
copy-fingerprint-name = 复制这台电脑的指纹
settings-receiving = 接收
settings-folder = 文件夹
settings-folder-help = 除非另选文件夹，收到的文件都保存在这里。
change-folder-name = 选择保存接收文件的文件夹
settings-strangers = 陌生人
settings-strangers-help = 指未配对的电脑。凭验证码可以请求发送，每次都由你决定。
strangers-with-code = 凭验证码可以请求
strangers-not-at-all = 一律不允许
settings-port = 端口
settings-port-help = 端口被占用时，使用下一个空闲端口，最大到 { $last }。
settings-bad-port = 端口是 1 到 65535 之间的数字。
settings-transfers = 传输
settings-conflict-help = 传来的文件与这里的文件同名但内容不同时怎么办。每次传输、每个文件仍可另选。完全相同的文件不会再传。
settings-limit = 最高速度
settings-limit-help = 所有传输合计，例如 500 kB/s 或 2 MB/s。留空表示不限。
devices-title = 已配对的电脑
devices-empty = 还没有已配对的电脑
devices-empty-hint = 与常用的电脑配对后，双方都不再需要验证码。也可以在输入验证码时勾选“记住这台电脑”。
devices-help = 它们不需要验证码。对方发送时：“询问”由你每次决定，“接收”直接收下，“阻止”一律不收。
devices-pair = 与另一台电脑配对…
device-seen = 上次在线：{ $when }
device-mutual = 对方也记住了这台电脑。
device-one-sided = 对方没有记住这台电脑，会要求输入验证码。
device-policy = { $peer }发送时
policy-ask = 询问
policy-accept = 接收
policy-block = 阻止
forget = 忘记
forget-name = 忘记{ $peer }
forget-question = 要忘记{ $peer }吗？以后它向这台电脑发送时需要重新输入验证码。已传输的文件会保留。
forget-sure-name = 确定忘记{ $peer }
forget-keep = 保留
forget-keep-name = 保留{ $peer }
settings-window = 窗口
settings-language = 语言
language-system = 跟随系统
language-english = English
language-chinese = 简体中文
settings-theme = 主题
theme-system = 跟随系统
theme-light = 浅色
theme-dark = 深色
option-name = { $group }：{ $option }

## 退出

leave-title = 要退出舢板吗？
leave-text = 还有 { $count } 个传输正在进行，退出会中止传输。已到达的内容会保留，日后可以继续。
leave-stay = 继续运行
leave-quit = 退出

## 简短消息

toast-close-name = 关闭此消息：{ $text }
toast-copied = 已复制
toast-nothing-to-paste = 剪贴板中没有文件。
toast-no-dialog = 系统没有文件选择窗口。请安装 zenity，或拖入、粘贴文件。
toast-open-failed = 无法打开文件夹。
dialog-files = 选择要发送的文件
dialog-folders = 选择要发送的文件夹
dialog-receipt = 选择保存回执的文件夹
dialog-folder = 选择文件夹

## 出错时的说明：发生了什么，以及该怎么办

quoted = “{ $name }”
noun-file = 该文件
noun-folder = 该文件夹
noun-transfer = 这次传输
noun-address = 该地址
failure-no-such-file = 找不到{ $object }。
failure-no-such-file-advice = 该文件没有发送。请看看它是否被移动或改名，然后重新添加。
failure-not-a-file = 只能发送普通文件，{ $object }不是普通文件。
failure-not-a-file-advice = 请将它从列表中移除。
failure-reserved-name = { $object }这样的名称留给舢板自己的文件使用。
failure-reserved-name-advice = 请改名后重新添加。
failure-path-too-long = { $object }的路径太长，无法发送。
failure-path-too-long-advice = 请缩短它或上级文件夹的名称后重新发送。
failure-link-not-sent = 链接{ $object }没有发送：它指向所选文件夹之外，或者绕成了圈。
failure-link-not-sent-advice = 如果对方需要它指向的内容，请把那部分也添加进来。
failure-link-nowhere = 链接{ $object }指向的内容不存在。
failure-link-nowhere-advice = 请修复或删除它，然后重新发送。
failure-not-readable = 你没有权限读取{ $object }。
failure-not-readable-advice = 请向文件所有者申请读取权限，然后重新添加。
failure-read-failed = { $side ->
    [there] { $peer }读取{ $object }时出错。
   *[here] 读取{ $object }时出错。
}
failure-read-failed-advice = 没有送达损坏的文件。请检查文件所在的磁盘，然后重新发送。
failure-source-changed = { $side ->
    [there] { $peer }读取{ $object }时，文件发生了变化。
   *[here] 读取{ $object }时，文件发生了变化。
}
failure-source-changed-advice = 没有送达任何改了一半的文件。请等它不再变动时重新发送。
failure-nothing-to-send = 没有可发送的内容。
failure-nothing-to-send-advice = 请先添加文件。
failure-too-many-files = 文件太多，一次传输装不下。
failure-too-many-files-advice = 没有发送任何内容。请分几次发送，每次最多 1000 万个文件，或先打包成一个文件。
failure-nobody-to-ask = 需要有人回答，但这里没有终端可以提问。
failure-nobody-to-ask-advice = 没有接收任何内容。请在终端里运行，或用 --accept paired 只接收已配对电脑发来的文件，或用 --accounts。
failure-not-careless = --accept all 会接收任何能连到本机的人发来的文件，不作任何验证。
failure-not-careless-advice = 如果确实需要，请加上 --insecure-anyone。否则请用 --accept paired：只接收已配对电脑、以及知道验证码的人发来的文件。
failure-bad-address = 无法识别{ $object }。
failure-bad-address-advice = 请输入名称或数字地址，例如 192.168.1.6 或 192.168.1.6:7267。
failure-bad-code = 这不是验证码。
failure-bad-code-advice = 验证码是六位数字。请输入对方电脑此刻显示的验证码。
failure-name-not-found = 找不到名为{ $object }的电脑。
failure-name-not-found-advice = 请检查拼写，或输入对方电脑“接收”处显示的数字地址。
failure-nobody-listens = { $object }没有在接收文件。
failure-nobody-listens-advice = 没有发送任何内容。请对方开启“接收”，并检查地址和端口。
failure-unreachable = 无法连接到{ $object }。
failure-unreachable-advice = 没有发送任何内容。请确认两台电脑在同一网络中，且防火墙没有拦截该端口。
failure-not-sampan = { $object }有回应，但不是舢板。
failure-not-sampan-advice = 没有发送任何内容。请核对对方电脑“接收”处显示的地址和端口。
failure-other-version = { $peer }上的舢板与本机版本相差太大。
failure-other-version-advice = 没有发送任何内容。请在两台电脑上安装相同的版本。
failure-code-needed = { $peer }上显示着一组六位验证码，需要先在这里输入。
failure-code-needed-advice = 没有发送任何内容。请看对方屏幕上的验证码并输入；命令行请用 --code 123456。
failure-wrong-code = 验证码不正确。
failure-wrong-code-advice = 没有发送任何内容。每个验证码只能用一次：对方电脑已显示新的验证码，请输入新的。如果确定输入无误，可能有人在两台电脑之间截取：请换一个网络。
failure-pairing-broken = 与{ $peer }的配对中途断开了。
failure-pairing-broken-advice = 没有发送任何内容。验证码已作废：请输入对方现在显示的新验证码。
failure-no-accounts = { $peer }没有账户。
failure-no-accounts-advice = 没有发送任何内容。请去掉 --user，或请管理员用 --accounts 接收。
failure-pairing-busy = 此刻有人正在尝试{ $peer }的验证码。
failure-pairing-busy-advice = 没有发送任何内容。请等几秒，再输入对方显示的新验证码。
failure-pairing-closed = 由于输错次数过多，{ $peer }暂时不显示验证码。
failure-pairing-closed-advice = 没有发送任何内容。请在那台电脑上点“显示新验证码”（命令行请在那边按回车），再在这里输入。
failure-not-proven = { $peer }无法证明它显示着这个验证码：可能有人在两台电脑之间截取。
failure-not-proven-advice = 没有发送任何内容。再试之前请让对方换一个新验证码，最好换一个网络，或核对两台电脑的指纹。
failure-wrong-device = 应答的不是 { $object }：密钥不同。
failure-wrong-device-advice = 没有发送任何内容。可能那里重新安装了舢板，可能该地址现在属于另一台电脑，也可能有人冒充。如果确知是重新安装，请在这里忘记它并重新配对；如果是另一台电脑，请使用它显示的验证码。
failure-not-admitted = { $peer }不接收来自本机的文件。
failure-not-admitted-advice = 没有发送任何内容。对方可以在那台电脑的“设置”里允许：查看“已配对的电脑”和“陌生人”；也可以重新配对。
failure-nothing-proven = { $peer }接收任何人的文件，也无法证明自己是谁。
failure-nothing-proven-advice = 没有发送任何内容。请用验证码给两台电脑配对；如果不介意网络上任何人看到这些文件，可用 --insecure-anyone。
failure-account-needed = { $peer }需要用户名和密码才接收文件。
failure-account-needed-advice = 没有发送任何内容。请向管理员要一个账户，然后用：sampan send 文件 --to 地址 --user 用户名。
failure-wrong-password = 用户名或密码不正确。
failure-wrong-password-advice = 没有发送任何内容。请核对两者；多次输错后，下一次会等得更久。
failure-password-not-safe = 无法证明{ $peer }就是要找的电脑，所以没有发送密码。
failure-password-not-safe-advice = 没有发送任何内容。请先与它配对一次，或加上 --code 和它显示的验证码，或加上 --device 和它的完整标识。
failure-no-address = 舢板不知道 { $object } 现在的地址。
failure-no-address-advice = 没有发送任何内容。请输入它在“接收”处显示的地址。
failure-protocol = 对方发来了舢板无法识别的数据。
failure-protocol-advice = 已完整收到的文件是安全的。请重新发送；如果再次出现，请复制详情并反馈。
failure-connection-lost = 与{ $peer }的连接中断了。
failure-connection-lost-advice = 已到达的内容是安全的。请检查网络；重新发送会从中断处继续。
failure-closed = { $side ->
    [there] { $peer }上的舢板在传输完成前被关闭了。
   *[here] 这台电脑上的舢板在传输完成前被关闭了。
}
failure-closed-advice = 已到达的内容是安全的。两边都打开舢板后，重新发送会从中断处继续。
failure-superseded = 同样的内容又被发送了一次，传输在那边继续。
failure-superseded-advice = 没有丢失任何内容。请等待另一个传输结束。
failure-busy = { $side ->
    [there] { $peer }正忙于其他传输，暂时无法接受新的传输。
   *[here] 这台电脑正忙于其他传输，暂时无法接受新的传输。
}
failure-busy-advice = 没有发送任何内容。请等其中一个结束后重新发送。
failure-declined = { $side ->
    [there] { $peer }拒绝了这些文件。
   *[here] 你拒绝了这些文件。
}
failure-declined-advice = 没有发送任何内容。
failure-not-answered = { $side ->
    [there] { $peer }没有及时答复。
   *[here] 这台电脑没有及时答复。
}
failure-not-answered-advice = 没有发送任何内容。请等有人在电脑旁时重新发送。
failure-not-receiving = { $side ->
    [there] { $peer }没有开启接收。
   *[here] 这台电脑没有开启接收。
}
failure-not-receiving-advice = 没有发送任何内容。请先在接收方开启“接收”，然后重新发送。
failure-unsupported = { $peer }上的舢板版本无法接收这些文件。
failure-unsupported-advice = 没有发送任何内容。请在两台电脑上安装相同的版本。
failure-cancelled = { $side ->
    [there] { $peer }取消了传输。
   *[here] 你取消了传输。
}
failure-cancelled-advice = 已完整到达的文件会保留。如果保留了其余部分，重新发送相同内容即可从中断处继续。
failure-wrong-digest = 收到的内容与发送的不一致：{ $object }。
failure-wrong-digest-advice = 损坏的副本已丢弃。请重新发送。
failure-disk-full = { $side ->
    [there] { $peer }的磁盘已满。
   *[here] 这台电脑的磁盘已满。
}
failure-disk-full-advice = { $side ->
    [there] 已完整收到的文件是安全的。请对方腾出空间或选择其他文件夹，然后重新发送。
   *[here] 已完整收到的文件是安全的。请腾出空间或选择其他文件夹，然后请对方重新发送。
}
failure-folder-missing = { $side ->
    [there] { $peer }的接收文件夹不存在。
   *[here] 这个文件夹不存在：{ $object }。
}
failure-folder-missing-advice = { $side ->
    [there] 没有写入任何内容。请对方选择其他文件夹，然后重新发送。
   *[here] 没有写入任何内容。请选择其他文件夹。
}
failure-folder-read-only = { $side ->
    [there] { $peer }的接收文件夹所在磁盘是只读的。
   *[here] { $object }所在的磁盘是只读的。
}
failure-folder-read-only-advice = { $side ->
    [there] 没有写入任何内容。请对方选择其他文件夹，然后重新发送。
   *[here] 没有写入任何内容。请选择其他文件夹。
}
failure-folder-forbidden = { $side ->
    [there] 舢板没有权限写入{ $peer }的接收文件夹。
   *[here] 舢板没有权限写入{ $object }。
}
failure-folder-forbidden-advice = { $side ->
    [there] 没有写入任何内容。请对方选择其他文件夹，然后重新发送。
   *[here] 没有写入任何内容。请选择其他文件夹。
}
failure-folder-unusable = { $side ->
    [there] { $peer }的接收文件夹无法使用：它不存在，或不可写入。
   *[here] 舢板无法使用{ $object }。
}
failure-folder-unusable-advice = 没有发送任何内容。请对方检查该文件夹或选择其他文件夹，然后重新发送。
failure-write-failed = { $side ->
    [there] 在{ $peer }上写入{ $object }时出错。
   *[here] 在这台电脑上写入{ $object }时出错。
}
failure-write-failed-advice = { $side ->
    [there] 已完整收到的文件是安全的。请对方检查磁盘，然后重新发送。
   *[here] 已完整收到的文件是安全的。请检查磁盘或选择其他文件夹。
}
failure-parts-left = { $object }是中途停止的接收留下的。
failure-parts-left-advice = 其中没有完整的文件，也没有传输会用到它们。可以删除接收文件夹中以 .sampan- 开头的内容。
failure-address-in-use = 端口已被其他程序占用：{ $object }。
failure-address-in-use-advice = 请关闭那个程序，或设置其他端口。
failure-cannot-listen = 这台电脑无法在{ $object }上接收。
failure-cannot-listen-advice = 请设置其他地址或端口。
failure-identity-unusable = 这台电脑的密钥已损坏，或可被他人读取：{ $object }。
failure-identity-unusable-advice = 请从备份恢复，或将其删除：舢板会生成新的密钥，别人会看到新的指纹。
failure-settings-unusable = 无法读取设置：{ $object }。
failure-settings-unusable-advice = 请修复或删除该文件；没有它时，舢板使用默认设置。
failure-home-unusable = 舢板无法使用自己的文件夹：{ $object }。
failure-home-unusable-advice = 请赋予自己写入权限，或将 SAMPAN_HOME 设为其他文件夹。
failure-database-unusable = 舢板无法使用保存已配对电脑和账户的文件：{ $object }。
failure-database-unusable-advice = 其中的内容没有改动。如果另一个舢板正在使用它，请稍后重试；如果文件已损坏，请从备份恢复。
failure-only-asked = { $peer }说明了会如何处理。没有发送任何内容。
failure-only-asked-advice = 去掉 --dry-run 再发送即可。
failure-no-such-transfer = 没有编号为{ $object }的中断的传输。
failure-no-such-transfer-advice = 没有任何改动。“sampan transfers”会列出它们和编号。
failure-ambiguous-transfer = { $object }可以指多个传输。
failure-ambiguous-transfer-advice = 没有任何改动，也没有发送。请写出编号，至少前 8 位：“sampan transfers”和“sampan receipts”会列出编号。
failure-nothing-to-resume = 没有中断的传输。
failure-nothing-to-resume-advice = 没有发送任何内容。请用“sampan send”发送。
failure-sender-goes-on = 传输{ $object }是发到这台电脑的：由发送方继续。
failure-sender-goes-on-advice = 已收到的内容是安全的。请在这里保持接收，让对方重新发送同样的内容。
failure-still-running = 传输{ $object }还在进行。
failure-still-running-advice = 没有任何改动。请先在它运行的地方停止它。
failure-transfer-in-use = 同样的文件正在被接收到{ $object }：由这台电脑上的另一个舢板，或由一个尚未完全结束的传输。
failure-transfer-in-use-advice = 没有任何改动。请等它完成，或关闭另一个舢板，然后让对方重新发送。
failure-no-such-device = 没有名为{ $object }的已配对电脑。
failure-no-such-device-advice = 没有任何改动。“sampan devices”会列出已配对的电脑。
failure-ambiguous-device = { $object }可以指多台已配对的电脑。
failure-ambiguous-device-advice = 没有任何改动，也没有发送。请改用其指纹，至少前 8 个字母。
failure-no-such-account = 没有账户{ $object }。
failure-no-such-account-advice = 没有任何改动。“sampan account list”会列出所有账户。
failure-account-exists = 账户{ $object }已存在。
failure-account-exists-advice = 该账户没有改动。请换一个名称，或用“sampan account passwd”修改密码。
failure-bad-account-name = 账户不能命名为{ $object }。
failure-bad-account-name-advice = 没有任何改动。请使用最多 32 个 a-z、0-9、点、短横线或下划线，并以字母或数字开头。
failure-bad-password = 这不能用作密码。
failure-bad-password-advice = 没有任何改动。请使用 1 到 1024 字节的密码，并且两次输入一致。
failure-no-password = 需要密码，但这里没有终端可以输入。
failure-no-password-advice = 没有任何改动。请用 --password-file 指定存放密码的文件。
failure-receipt-unreadable = 舢板无法读取回执{ $object }。
failure-receipt-unreadable-advice = 没有进行比较。请检查它是否被移动或重命名，以及你是否有权限读取。
failure-no-receipt = 这里没有保存{ $object }的回执。
failure-no-receipt-advice = 文件不受影响。“sampan receipts”会列出现有的回执。
failure-bad-receipt = { $object }不是接收方签名的回执：它已损坏、被改动过，或者是别的文件。
failure-bad-receipt-advice = 其中的内容都没有得到证明。请从另一台电脑取回回执，那里保存着同样的一份。
failure-already-there = { $object }已经存在，内容不同。
failure-already-there-advice = 没有替换它。请选择其他文件夹，或先移走它。
failure-internal = 舢板内部出错。
failure-internal-advice = 你自己的文件没有受到影响。请复制详情并反馈。
