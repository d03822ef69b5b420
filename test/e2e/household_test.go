package e2e

import "testing"

// household is the registration of a household business at a district: from the owner's telephone,
// over a request that names what is wrong with two papers and with the form, back to the telephone,
// and through the district's officials to the result.
func (p *province) household(t *testing.T, b *browser) {
	son := p.beginOnline(t, b, citizenSon, "hộ kinh doanh", "Đăng ký thành lập hộ kinh doanh", "Ủy ban nhân dân huyện Chợ Đồn")
	son.sees("Chủ hộ kinh doanh")
	son.fill("Nơi cư trú", "Tổ 2, thị trấn Bằng Lũng, huyện Chợ Đồn, tỉnh Bắc Kạn") // the account knows the rest
	son.next()
	son.tick("Nam")
	son.choose("Dân tộc", "Tày")
	son.fill("Quốc tịch", "Việt Nam")
	son.tick("Các thành viên hộ gia đình")
	son.next()
	son.sees("Thành viên hộ gia đình")
	for _, m := range [][]string{{"Thành viên 1", "Triệu Văn Sơn", "1988-09-30", "006088000102"}, {"Thành viên 2", "Nông Thị Lan", "1993-08-05", "006193000456"}} {
		son.fill(m[0]+" > Họ, chữ đệm và tên", m[1])
		son.fillDate(m[0]+" > Ngày sinh", m[2])
		son.answers(m[0]+" > Số căn cước", m[3], m[0]+" > Nơi cư trú", "Tổ 2, thị trấn Bằng Lũng, huyện Chợ Đồn, tỉnh Bắc Kạn")
	}
	son.shot("1-members")
	son.next()
	son.answers("Tên hộ kinh doanh", "Hộ kinh doanh Sơn Lan", "Số nhà, đường, thôn", "Số 5, tổ 2", "Điện thoại của hộ kinh doanh", "0900000002")
	son.choose("Xã, huyện nơi đặt trụ sở", "Thị trấn Bằng Lũng")
	son.next()
	son.fill("Tên ngành, nghề", "Bán lẻ lương thực, thực phẩm")
	son.tick("Có")
	son.next()
	son.answers("Vốn kinh doanh", "150000000", "Số lao động dự kiến", "3")
	son.next()
	son.tick("Thuế khoán")
	son.tick("Tôi cam kết")
	son.next()
	son.tick("Các thành viên hộ gia đình đăng ký")
	son.next()
	son.attachAll(paper(t, "ban-chup.pdf"))
	son.shot("2-papers")
	son.next()
	son.sees("Kiểm tra và nộp", "Hộ kinh doanh Sơn Lan", "Nông Thị Lan", "ban-chup.pdf")
	code, _ := son.receipt()

	o := &office{p, b, t, code, map[string]*tab{}}
	o.act("motcua.chodon", "Tiếp nhận")
	o.act("truongtckh.chodon", "Đã phân công")

	examiner := o.open("tckh.chodon")
	examiner.follow("Xử lý bước > Yêu cầu bổ sung")
	examiner.answers("Giấy tờ pháp lý của chủ hộ", "Bản chụp mờ, không đọc được số", "Bản sao biên bản họp", "Thiếu chữ ký của một thành viên",
		"Lý do", "Chưa đủ căn cứ để thẩm định")
	examiner.shot("3-request")
	examiner.push("Gửi yêu cầu bổ sung")
	examiner.sees("Bản chụp mờ, không đọc được số", "Thiếu chữ ký của một thành viên")

	son.goTo("/toi/ho-so/" + code)
	son.sees("Bản chụp mờ, không đọc được số", "Thiếu chữ ký của một thành viên", "Chưa đủ căn cứ để thẩm định")
	son.follow("Bổ sung hồ sơ")
	son.shot("4-answer")
	son.attachAll(paper(t, "chup-lai.pdf"))
	son.sees("chup-lai.pdf")
	son.fill("Lời nhắn cho cán bộ", "Tôi đã chụp lại và bổ sung chữ ký")
	son.push("Gửi bổ sung")
	son.sees("Tôi đã chụp lại và bổ sung chữ ký")

	examiner = o.open("tckh.chodon")
	examiner.sees("chup-lai.pdf", "Tôi đã chụp lại và bổ sung chữ ký")
	examiner.step("Đủ điều kiện")
	o.act("truongtckh.chodon", "Đồng ý trình ký")
	o.act("lanhdao.chodon", "Ký duyệt")
	o.issue("vanthu.chodon", "giay-chung-nhan.pdf", "13H8001234")
	o.act("motcua.chodon", "Đã trả kết quả", "Người nhận kết quả", "Triệu Văn Sơn")

	son.goTo("/toi/ho-so/" + code)
	son.sees("13H8001234", "giay-chung-nhan.pdf")
	son.shot("5-result")
	son.rate(code, "Hài lòng")
}
