package e2e

import (
	"strings"
	"testing"
)

// office is where one journey's officials sit: each at a desk of their own, in a window that stays
// open while the dossier is with others.
type office struct {
	p     *province
	b     *browser
	t     *testing.T
	code  string // of the dossier the journey is about
	desks map[string]*tab
}

// at returns the official's window. Signing in over the page is a journey of its own; here the
// session is taken over, so that a journey of ten officials stays short.
func (o *office) at(login string) *tab {
	o.t.Helper()
	if kept := o.desks[login]; kept != nil {
		return kept
	}
	tb := o.b.open(o.t, o.p.base, desk())
	tb.become(o.p.staff(o.t, login))
	o.desks[login] = tb
	return tb
}

// open takes the dossier from the official's worklist.
func (o *office) open(login string) *tab {
	o.t.Helper()
	tb := o.at(login)
	tb.goTo("/can-bo")
	tb.follow(o.code)
	return tb
}

// act does a step that the dossier's page offers under the caption, and answers what is asked: pairs
// of a field's name and what is typed into it.
func (o *office) act(login, what string, answers ...string) *tab {
	o.t.Helper()
	tb := o.open(login)
	tb.shot(login)
	tb.step(what, answers...)
	return tb
}

// step is act on the dossier's page that is open.
func (tb *tab) step(what string, answers ...string) {
	tb.t.Helper()
	tb.follow("Xử lý bước > " + what)
	if strings.Contains(tb.path(), "/buoc?") {
		for i := 0; i+1 < len(answers); i += 2 {
			tb.fill(answers[i], answers[i+1])
		}
		tb.push(what)
	} else if len(answers) > 0 {
		tb.t.Fatalf("%q asked for nothing; %q stays unanswered", what, answers)
	}
	tb.sees("Đã chuyển bước")
}

// issue gives the result its number and attaches it.
func (o *office) issue(login, file, number string) {
	o.t.Helper()
	tb := o.open(login)
	tb.attach("#tep-moi", paper(o.t, file))
	tb.follow("Lưu làm kết quả")
	tb.sees(file)
	tb.step("Đã cấp số, phát hành", "Số, ký hiệu", number)
}

// beginOnline leads a citizen's telephone from the search over signing in to the first question.
func (p *province) beginOnline(t *testing.T, b *browser, who, words, procedure, agency string) *tab {
	t.Helper()
	tb := b.open(t, p.base, phone())
	tb.goTo("/")
	tb.fill("Tìm thủ tục", words)
	tb.push("Tìm")
	tb.follow(procedure)
	tb.follow("Nộp trực tuyến")
	tb.enter(who)
	switch {
	case agency == "": // only one offers it
	case tb.has([]string{"radio"}, agency): // few do
		tb.tick(agency)
	default:
		tb.choose("Cơ quan tiếp nhận", agency)
	}
	tb.follow("Bắt đầu")
	return tb
}

// next stores the page of the form and goes on.
func (tb *tab) next() { tb.t.Helper(); tb.follow("Lưu và tiếp tục") }

// answers fills fields in: pairs of a name and what is typed.
func (tb *tab) answers(pairs ...string) {
	tb.t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		tb.fill(pairs[i], pairs[i+1])
	}
}

// attachAll gives a file to every paper of the page that takes one.
func (tb *tab) attachAll(file string) {
	tb.t.Helper()
	n := eval[int](tb, `document.querySelectorAll("input[type=file]").length`)
	if n == 0 {
		tb.t.Fatalf("%s takes no files: %.600s", tb.path(), tb.text())
	}
	for _, id := range eval[[]string](tb, `[...document.querySelectorAll("input[type=file]")].map(e => e.id)`) {
		tb.attach("[id=\""+id+"\"]", file)
		tb.settle()
	}
}

// receipt files what the last page shows and returns the code and the secret of the receipt.
func (tb *tab) receipt() (code, secret string) {
	tb.t.Helper()
	tb.follow("Nộp hồ sơ")
	tb.sees("Xác nhận nộp hồ sơ", "Mã tra cứu")
	parts := strings.Split(tb.path(), "/")
	code = parts[len(parts)-2]
	_, after, _ := strings.Cut(tb.text(), "Mã tra cứu")
	for _, w := range strings.Fields(after) {
		if strings.Count(w, "-") >= 2 && w != code {
			return code, strings.Trim(w, ".,:;")
		}
	}
	tb.t.Fatalf("the receipt of %s shows no secret: %.600s", code, tb.text())
	return "", ""
}

// rate judges the service on the dossier's own page.
func (tb *tab) rate(code, how string) {
	tb.t.Helper()
	tb.goTo("/toi/ho-so/" + code)
	tb.sees("Kết quả đã được trả.")
	tb.tick(how)
	tb.follow("Gửi đánh giá")
	tb.sees("Bạn đã đánh giá: " + how)
}

// lookUp asks as somebody who has only the receipt, in a window without any session.
func (p *province) lookUp(t *testing.T, b *browser, code, secret string) *tab {
	t.Helper()
	tb := b.open(t, p.base, phone())
	tb.goTo("/tra-cuu")
	tb.answers("Mã hồ sơ", code, "Mã tra cứu", secret)
	tb.push("Xem tình trạng")
	return tb
}
