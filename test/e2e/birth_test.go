package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"lienthong/internal/app"
)

// paper returns the path of a file to attach.
func paper(t testing.TB, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(pdf), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// enter signs a citizen in with the code of the demonstration's outbox.
func (tb *tab) enter(phone string) {
	tb.t.Helper()
	tb.fill("Số điện thoại hoặc thư điện tử", phone)
	outbox := newClient(tb.t, tb.base)
	earlier := outbox.codes(phone)
	tb.follow("Gửi mã cho tôi")
	tb.fill("Mã", outbox.codeAfter(earlier, phone))
	tb.push("Đăng nhập")
}

// enterStaff signs an official in.
func (tb *tab) enterStaff(login string) {
	tb.t.Helper()
	tb.goTo("/can-bo/dang-nhap")
	tb.fill("Tên đăng nhập", login)
	tb.fill("Mật khẩu", app.DemoPassword)
	tb.push("Đăng nhập")
}

// birthOnline is a birth registration from a citizen's telephone over the commune's officials at
// their desks back to the citizen.
func (p *province) birthOnline(t *testing.T, b *browser) {
	dung := b.open(t, p.base, phone())
	dung.goTo("/thu-tuc?q=khai+sinh")
	dung.follow("Thủ tục đăng ký khai sinh")
	dung.shot("1-procedure")
	dung.follow("Nộp trực tuyến")
	dung.enter(citizenDung)
	dung.sees("Giấy chứng sinh", "Nộp tới cơ quan nào?")
	dung.shot("2-start")
	dung.choose("Cơ quan tiếp nhận", "Ủy ban nhân dân thị trấn Bằng Lũng")
	dung.follow("Bắt đầu")

	dung.sees("Người yêu cầu")
	dung.shot("3-applicant")
	dung.fill("Nơi cư trú", "Tổ 5, thị trấn Bằng Lũng, huyện Chợ Đồn, tỉnh Bắc Kạn") // the account knows the rest
	dung.follow("Lưu và tiếp tục")
	dung.tick("Mẹ")
	dung.follow("Lưu và tiếp tục")
	dung.fill("Họ, chữ đệm và tên", "Hoàng Thị Ngọc Mai")
	dung.fillDate("Ngày sinh", "2026-11-02")
	dung.tick("Nữ")
	dung.choose("Dân tộc", "Tày")
	dung.fill("Quốc tịch", "Việt Nam")
	dung.fill("Quê quán", "Thị trấn Bằng Lũng, huyện Chợ Đồn, tỉnh Bắc Kạn")
	dung.shot("4-child")
	dung.follow("Lưu và tiếp tục")
	dung.tick("Tại cơ sở y tế")
	dung.follow("Lưu và tiếp tục")
	dung.fill("Tên cơ sở y tế", "Trung tâm Y tế huyện Chợ Đồn")
	dung.choose("Xã, huyện, tỉnh nơi sinh", "Thị trấn Bằng Lũng")
	dung.follow("Lưu và tiếp tục")
	dung.tick("Giấy chứng sinh")
	dung.follow("Lưu và tiếp tục")
	dung.sees("Giấy tờ về việc sinh")
	dung.fill("Số giấy chứng sinh", "123/CS")
	dung.follow("Lưu và tiếp tục")
	dung.tick("Chỉ mẹ")
	dung.follow("Lưu và tiếp tục")
	for n := 0; !strings.Contains(dung.path(), "/tuy-chon"); n++ {
		if n == 6 {
			t.Fatalf("the form does not end: %s", dung.text())
		}
		switch {
		case dung.has(ticked(), "Tôi cam đoan"):
			dung.tick("Đăng ký thường trú cho trẻ")
			dung.tick("Không")
			dung.tick("Tôi cam đoan")
		case dung.has([]string{"combobox"}, "Dân tộc"):
			dung.choose("Dân tộc", "Tày")
			dung.fill("Quốc tịch", "Việt Nam")
		}
		dung.follow("Lưu và tiếp tục")
	}
	dung.tick("Đăng ký khai sinh")
	dung.follow("Lưu và tiếp tục")
	dung.sees("Giấy chứng sinh")
	dung.attach(`input[type=file]`, paper(t, "giay-chung-sinh.pdf"))
	dung.settle()
	dung.sees("giay-chung-sinh.pdf")
	dung.shot("5-papers")
	dung.follow("Lưu và tiếp tục")
	dung.sees("Kiểm tra và nộp", "Chưa nộp", "Hoàng Thị Ngọc Mai", "giay-chung-sinh.pdf", "Thị trấn Bằng Lũng")
	dung.shot("6-check")
	dung.follow("Nộp hồ sơ")
	dung.sees("Xác nhận nộp hồ sơ", "Mã tra cứu")
	dung.shot("7-receipt")
	parts := strings.Split(dung.path(), "/")
	code := parts[len(parts)-2]
	dung.follow("Theo dõi hồ sơ")
	dung.sees("Chờ tiếp nhận", code)
	dung.shot("8-own")

	for i, step := range [][]string{{banglungCounter, "Tiếp nhận"}, {banglungSpecialist, "Đủ điều kiện"}, {banglungLeader, "Ký duyệt"},
		{banglungClerk, "Đã cấp số, phát hành"}} {
		who := b.open(t, p.base, desk())
		who.enterStaff(step[0])
		who.shot(string(rune('a'+i)) + "-worklist")
		who.sees(code)
		who.follow(code)
		who.shot(string(rune('a'+i)) + "-dossier")
		if i == 3 {
			who.attach("#tep-moi", paper(t, "giay-khai-sinh.pdf"))
			who.follow("Lưu làm kết quả")
			who.sees("giay-khai-sinh.pdf")
			who.follow("Xử lý bước > " + step[1])
			who.fill("Số, ký hiệu", "12/KS")
			who.push(step[1])
		} else {
			who.follow("Xử lý bước > " + step[1])
		}
		who.sees("Đã chuyển bước")
	}

	dung.goTo("/toi/ho-so/" + code)
	dung.sees("Đã có kết quả", "giay-khai-sinh.pdf")
	dung.shot("9-result")
	dung.goTo("/toi/thong-bao")
	dung.sees(code)
	dung.shot("9-messages")

	at := b.open(t, p.base, desk())
	at.enterStaff(banglungCounter)
	at.goTo("/can-bo/ho-so/" + code)
	at.follow("Xử lý bước > Đã trả kết quả")
	at.push("Đã trả kết quả")
	at.sees("Đã trả kết quả")
	at.shot("e-returned")
	dung.goTo("/toi/ho-so/" + code)
	dung.sees("Kết quả đã được trả.")
	dung.tick("Rất hài lòng")
	dung.follow("Gửi đánh giá")
	dung.sees("Bạn đã đánh giá: Rất hài lòng")
}

// What an official may need for a birth registration at the counter: acts besides typing the
// answers, and presses of keys that are no text, the Tab key that ends each answer included.
const (
	counterActs    = 40
	counterPresses = 60
)

// birthAtCounter is the same at the commune's counter, by an official who never leaves the
// keyboard.
func (p *province) birthAtCounter(t *testing.T, b *browser) {
	tb := b.open(t, p.base, desk())
	tb.enterStaff(banglungCounter)
	k := &keyboard{tab: tb}
	k.turn("n")
	k.write("khai sinh")
	k.turn(kb.Enter)
	tb.sees("Thủ tục đăng ký khai sinh")
	tb.shot("1-search")
	k.to("Thủ tục đăng ký khai sinh")
	k.turn(kb.Enter)
	tb.shot("2-form")
	k.write("006190000123||Nông Thị Lan|12041990|Nữ|Thôn Bản Mẫu, xã Mẫu, huyện Chợ Đồn|01012022") // as the scanner types
	k.turn(kb.Enter)
	k.answer("Số điện thoại", "0912345678")
	k.pick("Mẹ")
	k.answer("Họ, chữ đệm và tên", "Hoàng Thị Ngọc Mai")
	k.answer("Ngày", "2")
	k.answer("Tháng", "11")
	k.answer("Năm", "2026")
	k.pick("Nữ")
	k.answer("Dân tộc", "Tày")
	k.answer("Quốc tịch", "Việt Nam")
	k.answer("Quê quán", "Xã Mẫu, huyện Chợ Đồn, tỉnh Bắc Kạn")
	k.pick("Tại cơ sở y tế")
	k.pick("Giấy chứng sinh")
	k.pick("Chỉ mẹ")
	k.pick("Không")
	k.tick("Tôi cam đoan")
	k.tick("Đã nhận bản giấy")
	k.tick("Người nộp có mặt")
	k.turn(kb.Enter)
	tb.shot("3-more")
	tb.sees("câu hỏi")
	k.answer("Tên cơ sở y tế", "Trung tâm Y tế huyện Chợ Đồn")
	k.answer("Xã, huyện, tỉnh nơi sinh", "Thị trấn Bằng Lũng")
	k.answer("Số giấy chứng sinh", "124/CS")
	k.answer("Dân tộc", "Tày")
	k.to("Quốc tịch")
	k.write("Việt Nam")
	k.turn(kb.Enter)
	tb.shot("4-done")
	tb.sees("Đã tiếp nhận hồ sơ")
	if acts := k.actions - k.ended; acts > counterActs || k.actions > counterPresses {
		t.Errorf("%d acts and %d presses, at most %d and %d are allowed", acts, k.actions, counterActs, counterPresses)
	}
	k.turn(kb.Enter)
	tb.sees("Giấy tiếp nhận hồ sơ và hẹn trả kết quả") // the focus was on the slip
	tb.shot("5-slip")
}

// tick moves on to a box and ticks it.
func (k *keyboard) tick(label string) {
	k.tab.t.Helper()
	k.to(label)
	k.press(" ")
}

// to moves the focus on to what has the label.
func (k *keyboard) to(label string) {
	k.tab.t.Helper()
	var seen []string
	for !strings.HasPrefix(k.at(), label) {
		if seen = append(seen, k.at()); len(seen) > 30 {
			k.tab.t.Fatalf("the Tab key does not lead to %q but over %q", label, seen)
		}
		k.press(kb.Tab)
	}
}

// answer moves on to a field and types into it, or types the beginning of a list's option.
func (k *keyboard) answer(label, text string) {
	k.tab.t.Helper()
	k.to(label)
	if eval[string](k.tab, `document.activeElement.tagName`) != "SELECT" {
		k.write(text)
	} else {
		for _, r := range text {
			k.tab.run("typing", chromedp.KeyEvent(string(r)))
		}
	}
	k.press(kb.Tab)
	k.ended++
}

// pick moves on to a group of radio buttons and takes the one with the label: the first with the
// space bar, others with the arrow keys.
func (k *keyboard) pick(label string) {
	k.tab.t.Helper()
	for tries := 0; eval[string](k.tab, `document.activeElement.type || ""`) != "radio"; tries++ {
		if tries > 30 {
			k.tab.t.Fatalf("the Tab key leads to no choice %q; the focus is at %q", label, k.at())
		}
		k.press(kb.Tab)
	}
	if strings.HasPrefix(k.at(), label) {
		k.press(" ")
	}
	for tries := 0; !strings.HasPrefix(k.at(), label); tries++ {
		if tries > 8 {
			k.tab.t.Fatalf("the choice has no %q; the focus is at %q", label, k.at())
		}
		k.press(kb.ArrowDown)
	}
	k.press(kb.Tab)
}

// turn presses keys that lead to another page and waits for it.
func (k *keyboard) turn(keys string) {
	k.tab.t.Helper()
	before := k.tab.document()
	k.press(keys)
	k.tab.arrive(before, "the key")
}
