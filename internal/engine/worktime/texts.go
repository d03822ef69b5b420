package worktime

// Texts returns the catalogue of this package: for "vi" and "en" the texts of the keys that its
// faults carry, with named arguments in braces.
func Texts() map[string]map[string]string {
	vi, en := map[string]string{}, map[string]string{}
	for _, list := range [][][3]string{calendarTexts(), termTexts()} {
		for _, t := range list {
			vi[t[0]], en[t[0]] = t[1], t[2]
		}
	}
	return map[string]map[string]string{"vi": vi, "en": en}
}

// calendarTexts holds what is said about a calendar that cannot be used: key, Vietnamese, English.
func calendarTexts() [][3]string {
	return [][3]string{
		{"worktime.config.invalid", "Lịch làm việc còn chỗ cần sửa", "The working calendar has something to correct"},
		{"worktime.config.size", "Lịch làm việc lớn hơn {max} byte", "The working calendar is larger than {max} bytes"},
		{"worktime.config.syntax", "Không đọc được lịch làm việc", "The working calendar cannot be read"},
		{"worktime.config.text", "Tên và nguồn chỉ được dài tối đa {max} ký tự", "Names and sources must have at most {max} characters"},
		{"worktime.config.entries", "Lịch làm việc chỉ được có tối đa {max} ngày riêng", "A working calendar can have at most {max} dated days"},
		{"worktime.config.years", "Năm phải từ {min} đến {max}, năm đầu không sau năm cuối", "Years must lie between {min} and {max}, the first not after the last"},
		{"worktime.config.dates", "Ngày không có thật hoặc ngoài phạm vi của lịch; ngày cuối không được trước ngày đầu", "The date is not real or outside the calendar; the last day must not be before the first"},
		{"worktime.week.empty", "Hãy ghi giờ làm việc của ít nhất một ngày trong tuần", "Give the office hours of at least one weekday"},
		{"worktime.spans.many", "Một ngày chỉ được có tối đa {max} khoảng giờ làm việc", "A day can have at most {max} spans of office hours"},
		{"worktime.spans.order", "Khoảng giờ phải có giờ đầu trước giờ cuối, theo thứ tự và không chạm nhau, ví dụ 07:30-11:30, 13:00-17:00", "Spans of hours must begin before they end, stand in order and not touch, such as 07:30-11:30, 13:00-17:00"},
		{"worktime.holiday.key", "Mỗi ngày lễ cần một khóa riêng", "Each holiday needs a key of its own"},
		{"worktime.holiday.name", "Hãy ghi tên ngày lễ", "Give the holiday a name"},
		{"worktime.holiday.date", "Ngày lễ cần có tháng từ 1 đến 12, ngày từ 1 đến 31 và kéo dài từ 1 đến 30 ngày", "A holiday needs a month from 1 to 12, a day from 1 to 31 and a length of 1 to 30 days"},
		{"worktime.holiday.before", "Số ngày nghỉ trước ngày lễ phải ít hơn số ngày nghỉ; ghi một số, hoặc bảy số cho bảy thứ", "The days before the date must be fewer than the days of the holiday; give one number, or seven for the weekdays"},
		{"worktime.choice.holiday", "Lịch này không có ngày lễ “{holiday}” để chọn ngày nghỉ năm {year}", "This calendar has no holiday “{holiday}” to choose days for in {year}"},
		{"worktime.choice.range", "Lựa chọn ngày nghỉ có năm hoặc số ngày ngoài phạm vi", "The choice of days names a year or a number of days out of range"},
		{"worktime.day.twice", "Ngày {date} đã có trong lịch riêng này", "The day {date} is in this calendar already"},
		{"worktime.day.kind", "Không có loại ngày “{kind}”", "There is no kind of day “{kind}”"},
		{"worktime.day.swap", "Chỉ ngày nghỉ hoán đổi và ngày làm bù mới có ngày đổi, và phải là một ngày khác", "Only a day off in exchange and a make-up day have another day of the exchange, and it must differ"},
		{"worktime.day.spans", "Ngày nghỉ không có giờ làm việc", "A day off has no office hours"},
	}
}

// termTexts holds what is said about terms, rules and time ledgers: key, Vietnamese, English.
func termTexts() [][3]string {
	return [][3]string{
		{"worktime.term.range", "Thời hạn {n} {unit} không dùng được; tối đa là {max}", "The term of {n} {unit} cannot be used; the most is {max}"},
		{"worktime.horizon", "Hạn này nằm ngoài phạm vi của lịch", "This date lies beyond the calendar"},
		{"worktime.extension.limit", "Đã gia hạn đủ {max} lần", "The term was extended {max} times, which is the most"},
		{"worktime.rules.invalid", "Bộ quy tắc tính thời hạn còn chỗ cần sửa", "The rules for terms have something to correct"},
		{"worktime.rules.size", "Bộ quy tắc tính thời hạn lớn hơn {max} byte", "The rules for terms are larger than {max} bytes"},
		{"worktime.rules.syntax", "Không đọc được bộ quy tắc tính thời hạn", "The rules for terms cannot be read"},
		{"worktime.rules.cutoff", "Giờ chốt nhận trong ngày phải là một giờ trong ngày", "The cut-off of the same day must be a time of the day"},
		{"worktime.rules.extensions", "Số lần gia hạn ngoài phạm vi cho phép", "The number of extensions is out of range"},
		{"worktime.rules.dates", "Ngày hết hiệu lực không được trước ngày có hiệu lực", "The rules must not end before they begin"},
		{"worktime.rules.reasons", "Quá nhiều lý do tạm dừng hoặc tính lại từ đầu", "Too many reasons to pause or to begin anew"},
		{"worktime.rules.unknown", "Không có mục “{name}” để ghi là chưa rõ", "There is no field “{name}” to be marked as unknown"},
		{"worktime.rules.none", "Không có bộ quy tắc tính thời hạn nào cho ngày {date}", "No rules for terms are in force on {date}"},
		{"worktime.ledger.size", "Sổ thời hạn lớn hơn {max} byte", "The time ledger is larger than {max} bytes"},
		{"worktime.ledger.syntax", "Không đọc được sổ thời hạn", "The time ledger cannot be read"},
		{"worktime.ledger.entries", "Sổ thời hạn có hơn {max} dòng", "The time ledger has more than {max} entries"},
		{"worktime.ledger.kind", "Sổ thời hạn, dòng {entry}: không có loại “{kind}”", "Time ledger, entry {entry}: there is no kind “{kind}”"},
		{"worktime.ledger.receive", "Sổ thời hạn, dòng {entry}: phải bắt đầu bằng việc tiếp nhận, và chỉ một lần", "Time ledger, entry {entry}: it must begin with the receipt, once"},
		{"worktime.ledger.time", "Sổ thời hạn, dòng {entry}: các dòng phải theo thứ tự thời gian", "Time ledger, entry {entry}: entries must be in order of time"},
		{"worktime.ledger.range", "Sổ thời hạn, dòng {entry}: thời điểm ngoài phạm vi của lịch", "Time ledger, entry {entry}: the instant lies outside the calendar"},
		{"worktime.ledger.stopped", "Sổ thời hạn, dòng {entry}: thời hạn đã dừng hẳn", "Time ledger, entry {entry}: the term has stopped for good"},
		{"worktime.ledger.paused", "Sổ thời hạn, dòng {entry}: đồng hồ đang tạm dừng vì chính lý do này", "Time ledger, entry {entry}: the clock is paused for this reason already"},
		{"worktime.ledger.resume", "Sổ thời hạn, dòng {entry}: không có lần tạm dừng nào để tiếp tục", "Time ledger, entry {entry}: there is no pause to end"},
		{"worktime.ledger.reason", "Sổ thời hạn, dòng {entry}: lý do quá dài", "Time ledger, entry {entry}: the reason is too long"},
		{"worktime.ledger.extension", "Sổ thời hạn, dòng {entry}: lần gia hạn cần một thời hạn dùng được", "Time ledger, entry {entry}: an extension needs a usable term"},
	}
}
