package e2e

import "testing"

// interlinked is an allowance that commune, district and department settle one after the other,
// while the citizen sees from one telephone who holds it and goes nowhere else.
func (p *province) interlinked(t *testing.T, b *browser) {
	hoi := p.beginOnline(t, b, citizenHoi, "thờ cúng liệt sĩ", "Giải quyết chế độ trợ cấp thờ cúng liệt sĩ", "Ủy ban nhân dân thị trấn Bằng Lũng")
	hoi.sees("Người yêu cầu")
	hoi.fill("Nơi cư trú", "Thôn Nà Càng, xã Phương Viên, huyện Chợ Đồn, tỉnh Bắc Kạn")
	hoi.next()
	hoi.tick("Cho chính mình")
	hoi.next()
	hoi.answers("Đề nghị về việc gì?", "Trợ cấp thờ cúng liệt sĩ", "Nội dung", "Gia đình tôi thờ cúng liệt sĩ và đề nghị được hưởng trợ cấp.")
	hoi.tick("Tôi cam đoan")
	hoi.next()
	hoi.tick("Tại bộ phận một cửa")
	hoi.next()
	hoi.attachAll(paper(t, "don.pdf"))
	hoi.next()
	hoi.sees("Kiểm tra và nộp", "Trợ cấp thờ cúng liệt sĩ", "don.pdf")
	code, _ := hoi.receipt()
	holds := func(agency string) {
		t.Helper()
		hoi.goTo("/toi/ho-so/" + code)
		hoi.sees(agency)
	}

	o := &office{p, b, t, code, map[string]*tab{}}
	o.act(banglungCounter, "Tiếp nhận")
	o.act(banglungSocial, "Đủ điều kiện")
	o.act(banglungLeader, "Ký chuyển")
	holds("Ủy ban nhân dân huyện Chợ Đồn")
	o.act("ldtbxh.chodon", "Đủ điều kiện")
	o.act(districtLeader, "Ký chuyển")
	holds("Sở Lao động")
	hoi.shot("1-at-the-department")
	o.act("nguoicocong.soldtbxh", "Đủ điều kiện")
	o.act("lanhdao.soldtbxh", "Ký duyệt")
	o.issue("vanthu.soldtbxh", "quyet-dinh.pdf", "77/QĐ-SLĐTBXH")
	o.act(banglungCounter, "Đã trả kết quả")
	hoi.goTo("/toi/ho-so/" + code)
	hoi.sees("77/QĐ-SLĐTBXH", "quyet-dinh.pdf")
	hoi.shot("2-result")
	hoi.rate(code, "Rất hài lòng")
}
