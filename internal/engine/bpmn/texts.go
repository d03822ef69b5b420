package bpmn

// Texts returns the catalogue of this package: for "vi" and "en" the sentences of every key that a
// Problem carries, with named arguments in braces.
func Texts() map[string]map[string]string {
	vi, en := map[string]string{}, map[string]string{}
	for _, list := range [][][3]string{fileTexts(), runTexts(), moveTexts()} {
		for _, t := range list {
			vi[t[0]], en[t[0]] = t[1], t[2]
		}
	}
	return map[string]map[string]string{"vi": vi, "en": en}
}

// sentence returns the plain sentences of a problem's key, Vietnamese and English; empty for a key
// this package does not use. Names in braces are the problem's Args.
func sentence(key string) (vi, en string) {
	for _, list := range [][][3]string{fileTexts(), runTexts(), moveTexts()} {
		for _, t := range list {
			if t[0] == key {
				return t[1], t[2]
			}
		}
	}
	return "", ""
}

// fileTexts holds the sentences of reading and checking a file: key, Vietnamese, English.
func fileTexts() [][3]string {
	return [][3]string{
		// The file
		{"bpmn.size.file", "Tệp quy trình lớn hơn {limit}.", "The process file is larger than {limit}."},
		{"bpmn.size.depth", "Tệp có hơn {limit} lớp phần tử lồng nhau.", "The file nests more than {limit} elements."},
		{"bpmn.size.elements", "Tệp có hơn {limit} phần tử.", "The file has more than {limit} elements."},
		{"bpmn.size.attributes", "Một phần tử có hơn {limit} thuộc tính.", "An element has more than {limit} attributes."},
		{"bpmn.size.text", "Một phần tử chứa nhiều hơn {limit} byte chữ.", "An element holds more than {limit} bytes of text."},
		{"bpmn.size.nodes", "Quy trình có hơn {limit} bước, sự kiện và nút rẽ.", "The process has more than {limit} tasks, events and gateways."},
		{"bpmn.size.flows", "Quy trình có hơn {limit} đường nối.", "The process has more than {limit} flows."},
		{"bpmn.size.vars", "Dữ liệu của quy trình lớn hơn {limit} byte.", "The variables of the process are larger than {limit} bytes."},
		{"bpmn.xml.empty", "Tệp không có nội dung.", "The file is empty."},
		{"bpmn.xml.broken", "Tệp không phải XML đúng chuẩn, sai ở dòng {line}.", "The file is not well-formed XML; the fault is on line {line}."},
		{"bpmn.xml.charset", "Không đọc được bảng mã {charset}; hãy lưu tệp bằng UTF-8.", "The character set {charset} is not read; save the file as UTF-8."},
		{"bpmn.xml.doctype", "Tệp có khai báo DOCTYPE hoặc thực thể; vì an toàn nên không nhận.", "The file declares a document type or entities; this is refused for safety."},
		{"bpmn.xml.root", "Đây không phải tệp BPMN 2.0: phần tử ngoài cùng là {name}.", "This is not a BPMN 2.0 file: its outermost element is {name}."},
		{"bpmn.id.missing", "Có phần tử {type} không có mã (id).", "A {type} has no id."},
		{"bpmn.id.long", "Mã (id) dài hơn {limit} byte.", "An id is longer than {limit} bytes."},
		{"bpmn.id.twice", "Mã {element} được dùng cho hai phần tử.", "The id {element} is used by two elements."},
		{"bpmn.ref.dangling", "Thuộc tính {attribute} trỏ tới {ref}, là phần tử không có trong tệp hoặc không đúng loại.", "{attribute} points to {ref}, which is not in the file or is of the wrong kind."},
		{"bpmn.call.cycle", "Quy trình {process} tự gọi lại chính nó qua {element} nên không bao giờ kết thúc.", "The process {process} calls itself through {element} and could never end."},
		{"bpmn.process.unknown", "Tệp không có quy trình {process}.", "The file has no process {process}."},
		{"bpmn.process.none", "Tệp không có quy trình nào.", "The file has no process."},
		{"bpmn.process.several", "Tệp có {count} quy trình thực thi không gọi nhau; mỗi tệp chỉ được một.", "The file has {count} executable processes that do not call each other; one is allowed."},
		// What is drawn
		{"bpmn.unsupported", "Phần tử {element} thuộc loại {type}, hệ thống chưa thực thi loại này.", "{element} is a {type}; this type is not executable yet."},
		{"bpmn.check.plaintask", "Bước {element} chưa có loại; hãy chọn “User task” (công việc của người).", "{element} has no task type; choose “User task”."},
		{"bpmn.flow.crosses", "Đường nối {element} đi qua ranh giới quy trình con.", "The flow {element} crosses the edge of a sub-process."},
		{"bpmn.check.noflowin", "Không được có đường nối đi vào “{name}”: nó bắt đầu do một sự kiện.", "No flow may lead into “{name}”: an event starts it."},
		{"bpmn.check.noflowout", "Không được có đường nối đi ra từ “{name}”.", "No flow may leave “{name}”."},
		{"bpmn.check.handlerstart", "Quy trình con theo sự kiện “{name}” phải có đúng một sự kiện bắt đầu; hiện có {count}.", "The event sub-process “{name}” needs exactly one start event; it has {count}."},
		{"bpmn.check.substart", "Quy trình con “{name}” có {count} sự kiện bắt đầu; chỉ được một.", "The sub-process “{name}” has {count} start events; one is allowed."},
		{"bpmn.check.empty", "Quy trình con “{name}” không có bước nào.", "The sub-process “{name}” holds nothing."},
		{"bpmn.check.eventgate", "Sau nút chờ sự kiện “{name}” chỉ được là sự kiện chờ hoặc bước nhận thông điệp, mỗi cái một đường vào; “{to}” không phải.", "After the event-based gateway “{name}” only events that wait and receive tasks may follow, with one way in each; “{to}” is not one."},
		{"bpmn.check.link", "Liên kết “{name}” phải dẫn tới đúng một sự kiện nhận cùng tên trong cùng phạm vi; hiện có {count}.", "The link “{name}” needs exactly one catching event of the same name beside it; there are {count}."},
		{"bpmn.check.nohandler", "Sự kiện hoàn tác “{name}” chưa được nối với bước hoàn tác.", "The compensation event “{name}” is not associated with an activity for compensation."},
		{"bpmn.check.lonehandler", "Bước hoàn tác “{name}” không được nối với sự kiện hoàn tác nào.", "No compensation event is associated with “{name}”, so it never runs."},
		{"bpmn.check.notcompensable", "“{name}” hoàn tác {activity}, nhưng bước đó không có gì để hoàn tác.", "“{name}” compensates {activity}, which has nothing that undoes it."},
		{"bpmn.event.condition", "Sự kiện có điều kiện “{name}” chưa có điều kiện.", "The conditional event “{name}” has no condition."},
		{"bpmn.timer.text", "Thời gian “{value}” của {element} không theo ISO 8601 (ví dụ P2D, PT4H, R3/PT10M, 2026-01-05T08:00:00+07:00).", "The time “{value}” of {element} is not ISO 8601 (such as P2D, PT4H, R3/PT10M, 2026-01-05T08:00:00+07:00)."},
		{"bpmn.timer.missing", "Sự kiện thời gian {element} chưa có thời gian.", "The timer {element} has no time."},
		{"bpmn.timer.several", "Sự kiện thời gian {element} có nhiều hơn một thời gian.", "The timer {element} has more than one time."},
		{"bpmn.script.format", "Kịch bản của {element} viết bằng “{format}”; chỉ thực thi expr.", "The script of {element} is written in “{format}”; only expr is executed."},
		{"bpmn.script.empty", "Bước kịch bản “{name}” chưa có kịch bản.", "The script task “{name}” has no script."},
		{"bpmn.script.line", "Không hiểu dòng “{line}” trong kịch bản của {element}; mỗi dòng viết: biến = biểu thức.", "The line “{line}” of the script of {element} is not understood; each line says: variable = expression."},
		{"bpmn.call.missing", "Bước gọi “{name}” chưa nói gọi quy trình nào.", "The call activity “{name}” does not say which process it calls."},
		{"bpmn.loop.maximum", "Số lần lặp “{value}” không hợp lệ; dùng từ 1 đến 100.", "The number of repetitions “{value}” is not valid; use 1 to 100."},
		{"bpmn.loop.endless", "Vòng lặp của “{name}” không có điều kiện và không có số lần tối đa.", "The loop of “{name}” has neither a condition nor a maximum."},
		{"bpmn.loop.count", "“{name}” lặp cho nhiều người hoặc nhiều mục nhưng chưa nói bao nhiêu.", "“{name}” has several instances but does not say how many."},
		{"bpmn.check.start", "Quy trình phải có đúng một sự kiện bắt đầu; hiện có {count}.", "The process needs exactly one start event; it has {count}."},
		{"bpmn.check.service", "Bước tự động “{name}” gọi dịch vụ “{service}”, hệ thống không có dịch vụ này.", "“{name}” calls the service “{service}”, which does not exist here."},
		{"bpmn.check.decision", "Bước “{name}” dùng bảng quyết định “{decision}”, hệ thống không có bảng này.", "“{name}” asks for the decision “{decision}”, which does not exist here."},
		{"bpmn.check.call", "Bước gọi “{name}” gọi quy trình “{process}”, thư viện không có quy trình này.", "“{name}” calls the process “{process}”, which the library does not have."},
		{"bpmn.check.plainstart", "Quy trình phải có một sự kiện bắt đầu thường: hồ sơ bắt đầu khi được nộp, không do thông điệp, thời gian hay tín hiệu.", "The process needs a plain start event: a dossier begins when it is filed, not by a message, time or signal."},
		{"bpmn.check.unnamed", "“{name}” chưa nói tên thông điệp hoặc tín hiệu.", "“{name}” does not name its message or signal."},
		{"bpmn.check.noend", "Quy trình không có sự kiện kết thúc.", "The process has no end event."},
		{"bpmn.check.intostart", "Có đường nối đi vào sự kiện bắt đầu {element}.", "A flow leads into the start event {element}."},
		{"bpmn.check.outofend", "Có đường nối đi ra từ sự kiện kết thúc {element}.", "A flow leads out of the end event {element}."},
		{"bpmn.check.nowayon", "Sau “{name}” không có đường đi tiếp.", "There is no way on after “{name}”."},
		{"bpmn.check.unreachable", "Không có đường nào từ điểm bắt đầu tới “{name}”.", "No way leads from the start to “{name}”."},
		{"bpmn.check.endless", "Từ “{name}” không có đường nào tới điểm kết thúc.", "No way leads from “{name}” to an end."},
		{"bpmn.check.idleloop", "Đi qua {element} có một vòng lặp không có bước nào của người; quy trình sẽ quay mãi.", "A loop through {element} holds no task; the process would turn for ever."},
		{"bpmn.check.stuck", "Nút hợp {element} có thể chờ mãi: một nhánh có thể không bao giờ tới. Nhánh kết thúc sớm phải dùng kết thúc toàn bộ (terminate).", "The join {element} can wait for ever: a branch may never arrive. A branch that ends everything needs a terminate end."},
		{"bpmn.check.twice", "Ở {element} công việc có thể bị nhân đôi: hai nhánh song song cùng tới mà không có nút hợp.", "Work at {element} can be doubled: parallel branches arrive without a join."},
		{"bpmn.check.notatask", "{element} không phải bước công việc nên không thể có thao tác, kết quả hay thời gian.", "{element} is not a task and cannot have an action, outcomes or a budget."},
		{"bpmn.check.noname", "Bước {element} chưa có tên.", "The task {element} has no name."},
		{"bpmn.check.noaction", "Bước “{name}” chưa nói làm gì (lt:action).", "The task “{name}” does not say what is done (lt:action)."},
		{"bpmn.check.nolane", "Bước “{name}” không nằm trong làn nào nên không có người làm.", "The task “{name}” is in no lane, so nobody does it."},
		{"bpmn.check.key", "Giá trị “{value}” của {attribute} không hợp lệ; chỉ dùng chữ không dấu, số, dấu chấm, gạch ngang, gạch dưới, tối đa 40 ký tự.", "The value “{value}” of {attribute} is not valid; use letters without marks, digits, dots, hyphens and underscores, at most 40."},
		{"bpmn.lane.role", "Làn “{name}” chưa có vai trò (lt:role).", "The lane “{name}” has no role (lt:role)."},
		{"bpmn.lane.agency", "Làn “{name}” chưa nói rõ cơ quan (lt:agency): reception, decision, superior hoặc unit:<mã>; hiện là “{value}”.", "The lane “{name}” does not name its agency (lt:agency): reception, decision, superior or unit:<key>; it says “{value}”."},
		{"bpmn.task.budget", "Thời gian “{value}” không hợp lệ; viết như 4h, 2d hoặc 1d4h (một ngày làm việc có 8 giờ).", "The budget “{value}” is not valid; write 4h, 2d or 1d4h (a working day has 8 hours)."},
		{"bpmn.node.status", "Trạng thái “{value}” không hợp lệ; dùng mã quốc gia từ 1 đến 10.", "The status “{value}” is not valid; use the national codes 1 to 10."},
		{"bpmn.outcome.key", "Mã kết quả “{outcome}” không hợp lệ; chỉ dùng chữ không dấu, số, gạch ngang, gạch dưới, tối đa 40 ký tự.", "The outcome key “{outcome}” is not valid; use letters without marks, digits, hyphens and underscores, at most 40."},
		{"bpmn.outcome.twice", "Kết quả “{outcome}” được khai hai lần.", "The outcome “{outcome}” is declared twice."},
		{"bpmn.outcome.name", "Kết quả “{outcome}” chưa có tên.", "The outcome “{outcome}” has no name."},
		{"bpmn.outcome.kind", "Kết quả “{outcome}” có loại “{kind}” không hợp lệ; dùng forward, back, supplement, refuse hoặc finish.", "The outcome “{outcome}” has the kind “{kind}”; use forward, back, supplement, refuse or finish."},
		// Conditions
		{"bpmn.condition.long", "Điều kiện dài hơn {limit} byte.", "The condition is longer than {limit} bytes."},
		{"bpmn.condition.language", "Điều kiện “{condition}” viết bằng ngôn ngữ {language}, hệ thống không đọc ngôn ngữ này.", "The condition “{condition}” is written in {language}, which is not read."},
		{"bpmn.condition.never", "Điều kiện “{condition}” của đường {element} không bao giờ đúng.", "The condition “{condition}” of {element} can never be true."},
		{"bpmn.condition.compile", "Không hiểu điều kiện “{condition}”: {reason}.", "The condition “{condition}” is not understood: {reason}."},
		{"bpmn.condition.refused", "Điều kiện “{condition}” dùng “{what}”, là điều không được phép ở đây.", "The condition “{condition}” uses “{what}”, which is not allowed here."},
		{"bpmn.condition.missing", "Đường {element} ra khỏi “{gateway}” không có điều kiện và không phải đường mặc định.", "The flow {element} out of “{gateway}” has no condition and is not the default."},
		{"bpmn.condition.ondefault", "Đường mặc định {element} không được có điều kiện.", "The default flow {element} may not have a condition."},
		{"bpmn.condition.misplaced", "Đường {element} có điều kiện nhưng không đi ra từ nút rẽ có điều kiện hoặc từ bước công việc.", "The flow {element} has a condition but leaves neither a gateway that decides nor an activity."},
		{"bpmn.condition.task", "Điều kiện “{condition}” nhắc tới bước {task}, là bước không có.", "The condition “{condition}” names the task {task}, which does not exist."},
		{"bpmn.condition.outcome", "Điều kiện “{condition}” chờ kết quả “{outcome}”, nhưng không bước nào ngay trước đó có kết quả này.", "The condition “{condition}” waits for the outcome “{outcome}”, which no task just before has."},
		{"bpmn.check.nodefault", "Ở “{name}” có thể không đường nào được chọn; hãy đặt một đường mặc định.", "At “{name}” it can happen that no way is chosen; set a default flow."},
		{"bpmn.check.lostoutcome", "Ở “{name}” các kết quả sau không có đường đi: {outcomes}.", "At “{name}” these outcomes have no way on: {outcomes}."},
		{"bpmn.budget.over", "Tổng thời gian các bước là {sum}, vượt thời hạn {term}; đường dài nhất đi qua “{name}”.", "The budgets come to {sum}, more than the term of {term}; the longest way passes “{name}”."},
	}
}

// runTexts holds the sentences of steps: key, Vietnamese, English.
func runTexts() [][3]string {
	return [][3]string{
		{"bpmn.state.version", "Trạng thái quy trình do phiên bản phần mềm mới hơn ghi (dạng {version}).", "The state of the process was written by a newer version of the program (format {version})."},
		{"bpmn.state.started", "Quy trình đã bắt đầu.", "The process has started already."},
		{"bpmn.state.notstarted", "Quy trình chưa bắt đầu.", "The process has not started."},
		{"bpmn.state.done", "Quy trình đã kết thúc.", "The process is over."},
		{"bpmn.state.token", "Công việc này không còn mở; có thể người khác vừa làm xong.", "This task is no longer open; perhaps somebody else has just completed it."},
		{"bpmn.state.node", "Bước {element} không có trong phiên bản quy trình này.", "The task {element} is not in this version of the process."},
		{"bpmn.state.broken", "Trạng thái quy trình đã lưu bị hỏng (thẻ {token}).", "The stored state of the process is broken (token {token})."},
		{"bpmn.state.notunderstood", "Chưa hiểu {element} phải làm gì nên không thực hiện được.", "What {element} should do is not understood, so it was not done."},
		{"bpmn.state.loop", "Quy trình quay vòng ở {element} hơn {limit} lần mà không có việc của ai.", "The process turned at {element} more than {limit} times without work for anyone."},
		{"bpmn.state.stuck", "Thao tác này làm quy trình chờ mãi ở {element} nên không được thực hiện.", "This would leave the process waiting for ever at {element}; it was not done."},
		{"bpmn.state.noflow", "Ở {element} không có đường đi cho kết quả “{outcome}”.", "There is no way on at {element} for the outcome “{outcome}”."},
		{"bpmn.state.condition", "Không quyết định được điều kiện “{condition}”: {reason}.", "The condition “{condition}” cannot be decided: {reason}."},
		{"bpmn.state.tokens", "Quy trình có hơn {limit} việc cùng mở.", "The process has more than {limit} open tasks."},
		{"bpmn.state.instances", "Không biết cần bao nhiêu lần thực hiện {element}, hoặc nhiều hơn {limit}.", "It is not known how many instances of {element} are wanted, or more than {limit} are."},
		{"bpmn.state.timer", "Thời gian của {element} cho giá trị “{value}”, không theo ISO 8601.", "The time of {element} came to “{value}”, which is not ISO 8601."},
		{"bpmn.state.message", "Không có bước nào đang chờ thông điệp “{message}”.", "Nothing waits for the message “{message}”."},
		{"bpmn.state.uncaught", "Lỗi “{error}” ở {element} không có nơi xử lý.", "Nothing handles the error “{error}” of {element}."},
		{"bpmn.state.failed", "Việc tự động ở {element} không làm được: {reason}.", "The work of {element} could not be done: {reason}."},
		{"bpmn.event.start", "{element} không phải sự kiện bắt đầu của quy trình.", "{element} is no start event of the process."},
		{"bpmn.event.kind", "Không có sự kiện loại “{kind}”.", "There is no event of the kind “{kind}”."},
		{"bpmn.event.outcome", "Bước “{task}” không có kết quả “{outcome}”.", "The task “{task}” has no outcome “{outcome}”."},
		{"bpmn.event.move", "Không chuyển được việc tới {element}: không phải bước công việc, hoặc từ đó quy trình không thể kết thúc đúng.", "The task cannot be moved to {element}: it is not a task, or the process could not end properly from there."},
		{"bpmn.edit.missing", "Không có phần tử {element} trong quy trình, hoặc không đổi được ở đây.", "There is no element {element} in the process, or it cannot be changed here."},
		{"bpmn.edit.ways", "“{name}” có {count} đường đi tiếp hoặc là điểm bắt đầu nên không bỏ được ở đây; hãy sửa các đường đi trước, hoặc bỏ trên sơ đồ.", "“{name}” has {count} ways on or is where the process starts, so it cannot be removed here; change its ways first, or remove it on the diagram."},
		{"bpmn.edit.held", "Còn phần tử khác gắn với “{name}” (sự kiện, ghi chú hoặc thông điệp); hãy bỏ trên sơ đồ.", "Something else hangs on “{name}” (an event, an annotation or a message); remove it on the diagram."},
		{"bpmn.edit.order", "Không đổi chỗ được “{name}” với bước sau: giữa hai bước có rẽ nhánh. Hãy sửa trên sơ đồ.", "“{name}” cannot change places with the step after it: ways part between them. Change it on the diagram."},
		{"bpmn.event.vars", "Giá trị của “{name}” không phải dữ liệu JSON hoặc quá lớn.", "The value of “{name}” is not JSON or is too large."},
	}
}
