package e2e

import "testing"

// licence is a licence of a department for an organisation: from a telephone, received at the
// province's one-stop centre, approved by the department's leader from the worklist, and looked up
// with nothing but the receipt.
func (p *province) licence(t *testing.T, b *browser) {
	thai := p.beginOnline(t, b, citizenThai, "bản tin", "Cấp giấy phép xuất bản bản tin", "")
	thai.sees("Người nộp hồ sơ")
	thai.fill("Nơi cư trú", "Tổ 3, phường Đức Xuân, thành phố Bắc Kạn, tỉnh Bắc Kạn") // the account knows the rest
	thai.next()
	thai.answers("Tên cơ quan, tổ chức", "Hiệp hội Chè Mẫu", "Số, ngày quyết định", "Số 15, ngày 02/03/2019",
		"Địa chỉ trụ sở", "Tổ 3, thành phố Bắc Kạn, tỉnh Bắc Kạn", "Điện thoại", "02093870000", "Chức vụ của người nộp", "Chánh Văn phòng")
	thai.next()
	thai.answers("Họ, chữ đệm và tên", "Nông Văn Khánh", "Số căn cước", "006075000222", "Chức vụ", "Phó Chủ tịch",
		"Trình độ chuyên môn", "Cử nhân Báo chí", "Điện thoại", "0912000333")
	thai.fillDate("Ngày sinh", "1975-10-03")
	thai.next()
	thai.answers("Tên bản tin", "Chè và Đời sống", "Mục đích xuất bản", "Thông tin về kỹ thuật trồng, chế biến chè", "Đối tượng phục vụ", "Hội viên",
		"Ngôn ngữ", "Tiếng Việt", "Phạm vi", "Trong tỉnh Bắc Kạn", "Phương thức", "Gửi trực tiếp")
	thai.next()
	thai.answers("Kỳ hạn", "1 kỳ một quý", "Khuôn khổ", "19 × 27 cm", "Số trang", "24", "Số lượng", "500", "Nơi in", "Công ty In Mẫu")
	thai.tick("Chúng tôi cam kết")
	thai.next()
	thai.tick("Bản điện tử trong tài khoản")
	thai.next()
	thai.attachAll(paper(t, "quyet-dinh.pdf"))
	thai.next()
	thai.sees("Kiểm tra và nộp", "Chè và Đời sống", "quyet-dinh.pdf")
	code, secret := thai.receipt()

	o := &office{p, b, t, code, map[string]*tab{}}
	o.act("motcua.tinh", "Tiếp nhận")
	o.act("truongphong.sotttt", "Đã phân công")
	o.act("chuyenvien.sotttt", "Đủ điều kiện")
	o.act("truongphong.sotttt", "Đồng ý trình ký")

	leader := o.at("lanhdao.sotttt")
	leader.goTo("/can-bo")
	leader.tick("Chọn " + code)
	leader.follow("Ký duyệt")
	leader.sees(code, "Ký duyệt")
	leader.shot("1-bulk")
	leader.follow("Ký duyệt 1 hồ sơ")
	leader.sees(code, "Đã làm xong 1 trên 1 hồ sơ đã chọn.")

	visitor := p.lookUp(t, b, code, secret)
	visitor.sees(code, "Sở Thông tin và Truyền thông")
	visitor.shot("2-looked-up")

	o.issue("vanthu.sotttt", "giay-phep.pdf", "05/GP-STTTT")
	o.act("motcua.tinh", "Đã trả kết quả")
	thai.goTo("/toi/ho-so/" + code)
	thai.sees("05/GP-STTTT", "giay-phep.pdf")
	thai.shot("3-result")
	thai.rate(code, "Rất hài lòng")
}
