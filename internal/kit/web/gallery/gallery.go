// Package gallery shows every component of package ui with invented data: tests look at it for
// what must hold on all pages (labels, unique ids, nothing inline), and whoever changes the style
// sheet looks at it with their eyes. No real deployment serves it.
package gallery

import (
	"net/http"

	"github.com/a-h/templ"

	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/kit/web"
	"lienthong/internal/kit/web/ui"
)

// Site is an invented province.
func Site() ui.Site {
	return ui.Site{
		Name:      i18n.Text{VI: "Sơn Hà", EN: "Son Ha"},
		Authority: i18n.Text{VI: "Ủy ban nhân dân tỉnh Sơn Hà", EN: "the People's Committee of Son Ha"},
		Portal:    i18n.Text{VI: "Dịch vụ công Sơn Hà", EN: "Son Ha Public Services"},
		Tagline:   i18n.Text{VI: "Một cửa số của tỉnh", EN: "The province's digital one-stop shop"},
		Desk:      i18n.Text{VI: "Một cửa Sơn Hà", EN: "Son Ha one-stop desk"},
		About:     i18n.Text{VI: "Hệ thống thông tin giải quyết thủ tục hành chính tỉnh.", EN: "The province's system for administrative procedures."},
		Hotline:   "1022",
		Footer:    []ui.SiteLink{{Label: i18n.Text{VI: "Khả năng tiếp cận", EN: "Accessibility"}, Href: "/tro-nang"}},
		Notice:    i18n.Text{VI: "Bản trình diễn: mọi người và hồ sơ đều hư cấu.", EN: "Demonstration: all people and dossiers are invented."},
		NoticeURL: "/ban-trinh-dien",
	}
}

// Register adds the gallery's pages to the router.
func Register(rt *web.Router) {
	pages := map[string]templ.Component{
		"/{$}": home(), "/thu-vien/bieu-mau": formPage(), "/thu-vien/phan-tu": partsPage(),
		"/thu-vien/danh-sach": worklistPage(), "/thu-vien/ho-so": deskPage(),
		"/thu-vien/phieu": printPage("A5"), "/thu-vien/ban-in": printPage("A4"), "/thu-vien/xac-nhan": confirmPage(),
	}
	for path, c := range pages {
		rt.Handle("GET "+path, web.Public, func(w http.ResponseWriter, r *http.Request) error {
			return web.Render(w, r, http.StatusOK, c)
		})
	}
}

// Paths lists the pages of the gallery.
func Paths() []string {
	return []string{"/", "/thu-vien/bieu-mau", "/thu-vien/phan-tu", "/thu-vien/danh-sach", "/thu-vien/ho-so",
		"/thu-vien/phieu", "/thu-vien/ban-in", "/thu-vien/xac-nhan"}
}

// Nav is an invented side menu.
func Nav() []ui.NavGroup {
	return []ui.NavGroup{
		{Title: "Hồ sơ TTHC", Links: []ui.NavLink{
			{Label: "Chờ tôi xử lý", Href: "/thu-vien/danh-sach", Icon: "inbox", Count: 65, Alert: true},
			{Label: "Đã chuyển", Href: "/da-chuyen", Icon: "send", Count: 18},
			{Label: "Chờ bổ sung", Href: "/cho-bo-sung", Icon: "player-pause", Count: 1204},
			{Label: "Đã trả kết quả", Href: "/da-tra", Icon: "checks"}}},
		{Title: "Danh mục", Links: []ui.NavLink{{Label: "Thủ tục hành chính", Href: "/danh-muc", Icon: "file-text"}}},
	}
}

func errs() []fault.Field {
	return []fault.Field{
		{Path: "/child/birth_date", Key: "Ngày sinh phải là hôm nay hoặc trước hôm nay"},
		{Path: "/child/sex", Key: "Chọn giới tính"},
		{Path: "/certificate", Key: "Ảnh giấy chứng sinh bị mờ, hãy chụp lại"},
	}
}

func fields() []ui.FieldView {
	return []ui.FieldView{
		{Path: "/child/name", Name: "child.name", Label: "Họ, chữ đệm và tên", Help: "Viết có dấu, đúng như muốn ghi trên giấy khai sinh", Value: "Giàng Thị Ngọc Ước"},
		{Path: "/child/birth_date", Name: "child.birth_date", Label: "Ngày sinh", Help: "Ví dụ: 23 11 2026", Widget: "date", Values: []string{"23", "12", "2026"}, Autocomplete: "bday"},
		{Path: "/child/sex", Name: "child.sex", Label: "Giới tính", Widget: "radio", Options: []ui.Option{{Value: "nam", Label: "Nam"}, {Value: "nu", Label: "Nữ"}}},
		{Path: "/child/ethnic", Name: "child.ethnic", Label: "Dân tộc", Widget: "select", Value: "mong", Options: []ui.Option{{Value: "kinh", Label: "Kinh"}, {Value: "tay", Label: "Tày"}, {Value: "mong", Label: "Mông"}}},
		{Path: "/child/place", Name: "child.place", Label: "Nơi sinh", Widget: "area", Options: []ui.Option{
			{Value: "1", Label: "Xã Tà Sin", Group: "Huyện Nậm Khao"}, {Value: "2", Label: "Xã Phiêng Ban", Group: "Huyện Nậm Khao"}, {Value: "3", Label: "Phường Tân An", Group: "Thành phố Sơn Thịnh"}}},
		{Path: "/applicant/phone", Name: "applicant.phone", Label: "Điện thoại", Widget: "phone", Value: "0912 000 107", Autocomplete: "tel", Source: "Từ tài khoản của bạn"},
		{Path: "/applicant/email", Name: "applicant.email", Label: "Thư điện tử", Widget: "email", Optional: true, Autocomplete: "email"},
		{Path: "/applicant/cccd", Name: "applicant.cccd", Label: "Số căn cước", Widget: "cccd", Scan: true},
		{Path: "/capital", Name: "capital", Label: "Vốn kinh doanh", Widget: "money", Value: "50.000.000"},
		{Path: "/year", Name: "year", Label: "Năm thành lập", Widget: "year"},
		{Path: "/address", Name: "address", Label: "Nơi ở", Suggest: "/goi-y", Lang: "vi"},
		{Path: "/note", Name: "note", Label: "Nội dung đề nghị", Widget: "textarea", MaxLength: 2000, Optional: true},
		{Path: "/want", Name: "want", Label: "Nhận kết quả", Widget: "checkboxes", Values: []string{"paper"}, Options: []ui.Option{
			{Value: "paper", Label: "Bản giấy tại quầy"}, {Value: "digital", Label: "Bản điện tử", Help: "Có ký số, xem trong tài khoản"}, {Value: "post", Label: "Qua bưu chính"}}},
		{Path: "/agree", Name: "agree", Label: "Tôi cam đoan lời khai trên là đúng sự thật", Widget: "checkbox"},
		{Path: "/children", Name: "children", Label: "Con đã sinh trước", Widget: "repeat", Optional: true, Repeat: &ui.RepeatView{
			Path: "/children", AddLabel: "Thêm người con", Max: 10, Items: []ui.RepeatItem{
				{Title: "Người con thứ 1", Fields: []ui.FieldView{{Path: "/children/0/name", Name: "children.0.name", Label: "Họ và tên", Value: "Giàng A Páo"}}},
				{Title: "Người con thứ 2", Fields: []ui.FieldView{{Path: "/children/1/name", Name: "children.1.name", Label: "Họ và tên"}}}}}},
		{Path: "/certificate", Name: "certificate", Label: "Giấy chứng sinh", Widget: "upload", Help: "Chụp bằng điện thoại là được. Nhận ảnh JPG, PNG hoặc PDF.", Upload: &ui.UploadView{
			URL: "/tai-len", MaxBytes: 20 << 20, Files: []ui.FileView{{ID: "f1", Name: "giay-chung-sinh.jpg", Size: "640 KB", Href: "/tep/f1"}}}},
	}
}

type row struct {
	code, proc, who, place, step string
	due                          ui.Deadline
}

func rows() []row {
	return []row{
		{"H17.25-261118-0088", "Chuyển mục đích sử dụng đất", "Sùng A Tủa", "Nậm Khao", "Thẩm định", ui.Deadline{Kind: ui.Overdue, Words: "Quá hạn 1 ngày", Date: "hẹn 19/11"}},
		{"H17.25-261118-0107", "Cấp đổi giấy chứng nhận quyền sử dụng đất", "Vàng A Phử", "Nậm Khao", "Thẩm định", ui.Deadline{Kind: ui.Warn, Words: "Hôm nay, còn 4 giờ", Date: "hẹn 23/11", Explain: "/giai-thich"}},
		{"H17.25-261119-0136", "Thành lập tổ hợp tác", "Bàn Mùi Nái", "Thượng Lâm", "Thẩm định", ui.Deadline{Kind: ui.OK, Words: "Còn 12 ngày", Date: "hẹn 09/12"}},
		{"H17.25-261119-0099", "Giao đất, cho thuê đất hộ gia đình", "Giàng Seo Páo", "Tà Sin", "Chờ bổ sung", ui.Deadline{Kind: ui.Idle, Words: "Tạm dừng từ 19/11"}},
	}
}
