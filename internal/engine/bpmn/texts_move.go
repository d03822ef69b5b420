package bpmn

// moveTexts holds the sentences of moving a running process to another version: key, Vietnamese,
// English.
func moveTexts() [][3]string {
	return [][3]string{
		{"bpmn.move.mapping", "Không ghép được phần tử {element} với “{to}”: một trong hai không có trong quy trình.", "{element} cannot be matched with “{to}”: one of the two is not in the process."},
		{"bpmn.move.gone", "Hồ sơ đang ở “{name}”, là bước không còn trong quy trình mới và chưa được ghép với bước nào.", "The dossier is at “{name}”, which the new process does not have, and which is not matched with another step."},
		{"bpmn.move.type", "“{name}” đổi loại từ {from} thành {to}, nên việc đang dở ở đó không tiếp tục được.", "“{name}” has changed from {from} to {to}, so what goes on there cannot be continued."},
		{"bpmn.move.scope", "“{name}” nay nằm trong quy trình con khác, nên việc đang dở ở đó không tiếp tục được.", "“{name}” is now in another sub-process, so what goes on there cannot be continued."},
		{"bpmn.move.loop", "Cách lặp của “{name}” đã đổi trong khi các lần thực hiện đang dở.", "How “{name}” is repeated has changed while instances of it are going on."},
		{"bpmn.move.outcomes", "Công việc “{name}” đang mở, và không kết quả nào của nó còn trong quy trình mới.", "The task “{name}” is open, and none of its outcomes is left in the new process."},
		{"bpmn.move.votes", "Ở “{name}” đã có người cho kết quả mà quy trình mới không còn.", "At “{name}” somebody has given an outcome that the new process does not have."},
		{"bpmn.move.way", "Một nhánh đang chờ ở nút hợp “{name}”, nhưng quy trình mới không cho biết nó thuộc đường vào nào.", "A branch waits at the join “{name}”, and the new process does not tell which way in it belongs to."},
		{"bpmn.move.work", "“{name}” đang chờ “{work}” trả lời, còn quy trình mới gọi nơi khác; hãy chờ xong rồi chuyển.", "“{name}” waits for an answer of “{work}” and the new process calls another; move it when the answer has come."},
		{"bpmn.move.event", "Sự kiện “{name}” nay chờ điều khác loại.", "The event “{name}” now waits for something of another kind."},
		{"bpmn.move.undo", "Việc đã làm có thể phải hoàn tác, mà quy trình mới không có cách hoàn tác việc đó.", "Work that was done may have to be undone, and the new process has nothing that undoes it."},
		{"bpmn.move.ends", "Chuyển sang quy trình mới sẽ làm hồ sơ kết thúc ngay.", "By the new process the dossier would be over at once."},
		{"bpmn.move.stuck", "Theo quy trình mới, hồ sơ có thể chờ mãi ở nút hợp “{name}”: nhánh còn lại không tới nữa.", "By the new process the dossier could wait for ever at the join “{name}”: the other branch no longer comes."},
		{"bpmn.move.twice", "Theo quy trình mới, công việc ở “{name}” có thể bị nhân đôi.", "By the new process the work at “{name}” could be doubled."},
		{"bpmn.move.lost", "Theo quy trình mới, kết quả đã có không có đường đi tiếp ở “{name}”.", "By the new process the outcome already given has no way on at “{name}”."},
		{"bpmn.move.incident", "Sự cố đã có trước khi chuyển quy trình.", "An incident from before the process was moved."},
	}
}
