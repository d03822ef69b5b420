package simulate

// Texts returns the catalogue of this package: for "vi" and "en" the texts of the keys that its
// faults carry, with named arguments in braces.
func Texts() map[string]map[string]string {
	vi, en := map[string]string{}, map[string]string{}
	for _, t := range faultTexts() {
		vi[t[0]], en[t[0]] = t[1], t[2]
	}
	return map[string]map[string]string{"vi": vi, "en": en}
}

// faultTexts holds what is said about a trial that cannot be carried out: key, Vietnamese, English.
func faultTexts() [][3]string {
	return [][3]string{
		{"simulate.scene", "Chưa có quy trình hoặc lịch làm việc để chạy thử", "There is no process or no working calendar to try"},
		{"simulate.no_receipt", "Quy trình không có bước tiếp nhận ngay sau khi nộp, nên hồ sơ nộp trực tiếp không vào được", "The process has no receipt right after submission, so a dossier from the counter cannot get in"},
		{"simulate.choices", "Một lần chạy thử chỉ đi được tối đa {max} bước", "A trial can have at most {max} steps"},
		{"simulate.time", "Ngày nộp phải trong các năm {min} đến {max}", "The day of submission must lie in the years {min} to {max}"},
		{"simulate.channel", "Không có kênh nộp hồ sơ này", "There is no such channel"},
		{"simulate.backwards", "Thời điểm này trước việc đã làm cuối cùng; hãy chọn thời điểm sau đó", "This is before what was done last; choose a later moment"},
		{"simulate.far", "Thời điểm này quá xa ngày nộp hồ sơ", "This is too far from the day of submission"},
		{"simulate.gone", "Việc này không còn chờ nữa: đã làm xong, hoặc một bộ hẹn giờ đã đến trước và chuyển hồ sơ đi", "This no longer waits: it is done, or a timer came first and moved the dossier on"},
		{"simulate.act", "Không thể chọn việc này ở đây", "This cannot be chosen here"},
		{"simulate.held", "Hồ sơ đang tạm dừng; hãy cho tiếp tục trước", "The dossier is held; let it go on first"},
		{"simulate.days", "Số ngày gia hạn phải từ {min} đến {max}", "The extension must be {min} to {max} days"},
		{"simulate.timers", "Bộ hẹn giờ đã đến hơn {max} lần", "Timers came more than {max} times"},
		{"simulate.walk.size", "Chuỗi bước chạy thử dài hơn {max} byte", "The steps of the trial are longer than {max} bytes"},
		{"simulate.walk.syntax", "Không đọc được chuỗi bước chạy thử", "The steps of the trial cannot be read"},
		{"simulate.data.size", "Dữ liệu dài hơn {max} byte", "The data is longer than {max} bytes"},
		{"simulate.data.line", "Hãy ghi mỗi dữ liệu theo dạng tên = giá trị; không đọc được “{line}”", "Write each piece of data as name = value; “{line}” cannot be read"},
		{"simulate.circles", "Hồ sơ đi vòng trong quy trình hơn {max} bước mà không kết thúc", "The dossier went in circles for more than {max} steps without an end"},
		{"simulate.events", "Chạy thử dừng lại sau {max} sự kiện; hãy bớt số hồ sơ", "The trial stopped after {max} events; take fewer dossiers"},
		{"simulate.plan.invalid", "Giả định chạy thử còn chỗ cần sửa", "The assumptions of the trial have something to correct"},
		{"simulate.plan.dossiers", "Số hồ sơ phải từ {min} đến {max}", "The number of dossiers must be {min} to {max}"},
		{"simulate.plan.months", "Số hồ sơ mỗi tháng phải từ 0 đến {max}", "The dossiers of a month must be 0 to {max}"},
		{"simulate.plan.staff", "Số người của mỗi làn phải từ {min} đến {max}", "Each lane must have {min} to {max} people"},
		{"simulate.plan.minutes", "Số phút làm việc của mỗi bước phải từ {min} đến {max}", "Each step must take {min} to {max} minutes"},
		{"simulate.plan.share", "Tỷ lệ kết quả phải từ 0 đến {max} và có ít nhất một tỷ lệ lớn hơn 0", "Shares of outcomes must be 0 to {max}, at least one above 0"},
		{"simulate.plan.days", "Số ngày phải từ 0 đến {max}", "The days must be 0 to {max}"},
		{"simulate.plan.spread", "Độ phân tán phải từ 0 đến {max}", "The spread must be 0 to {max}"},
		{"simulate.plan.from", "Ngày bắt đầu phải trong các năm {min} đến {max}", "The first day must lie in the years {min} to {max}"},
	}
}
