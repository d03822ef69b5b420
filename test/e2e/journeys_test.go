package e2e

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// step is one act of an official on a dossier: who, under which caption, and what is answered.
type step []string

// walkThrough does the steps one after the other over the pages, without JavaScript.
func (p *province) walkThrough(t *testing.T, code string, steps ...step) {
	t.Helper()
	for _, s := range steps {
		p.staff(t, s[0]).act(code, s[1], s[2:]...)
	}
}

// householdPlain is the registration of a household business at a district, with one request for
// supplements that the citizen answers, all of it without JavaScript.
func (p *province) householdPlain(t *testing.T) {
	son := p.citizen(t, citizenSon)
	code := son.fileOnline("1.001612", "huyen-cho-don", example(t, "ho-kinh-doanh-thanh-lap"))
	p.walkThrough(t, code, step{"motcua.chodon", "Tiếp nhận"}, step{"truongtckh.chodon", "Đã phân công"})
	a := p.staff(t, "tckh.chodon").get("/can-bo/ho-so/"+code).want(t, 200)
	ask := p.staff(t, "tckh.chodon").follow(a, "Yêu cầu bổ sung")
	p.staff(t, "tckh.chodon").submit(ask, "Gửi yêu cầu bổ sung", "what.1", "Bản chụp mờ", "reason", "Không đọc được số giấy tờ").want(t, 200)
	own := son.get("/toi/ho-so/"+code).want(t, 200)
	own.says(t, "Bản chụp mờ", "Bổ sung hồ sơ")
	son.submit(son.get("/toi/ho-so/"+code+"/bo-sung").want(t, 200), "Gửi bổ sung", "note", "Tôi đã chụp lại").want(t, 200).says(t, "Tôi đã chụp lại")
	p.walkThrough(t, code, step{"tckh.chodon", "Đủ điều kiện"}, step{"truongtckh.chodon", "Đồng ý trình ký"}, step{"lanhdao.chodon", "Ký duyệt"},
		step{"vanthu.chodon", "Đã cấp số, phát hành", "number", "13H8001234"}, step{"motcua.chodon", "Đã trả kết quả", "signed", "Triệu Văn Sơn"})
	son.get("/toi/ho-so/"+code).want(t, 200).says(t, "Kết quả đã được trả.", "13H8001234")
}

// licencePlain is a licence of a department, received at the province's one-stop centre and approved
// by the department's leader, without JavaScript.
func (p *province) licencePlain(t *testing.T) {
	thai := p.citizen(t, citizenThai)
	code := thai.fileOnline("1.009374", "", example(t, "ban-tin"))
	p.walkThrough(t, code, step{"motcua.tinh", "Tiếp nhận"}, step{"truongphong.sotttt", "Đã phân công"}, step{"chuyenvien.sotttt", "Đủ điều kiện"},
		step{"truongphong.sotttt", "Đồng ý trình ký"}, step{"lanhdao.sotttt", "Ký duyệt"},
		step{"vanthu.sotttt", "Đã cấp số, phát hành", "number", "05/GP-STTTT"}, step{"motcua.tinh", "Đã trả kết quả"})
	thai.get("/toi/ho-so/"+code).want(t, 200).says(t, "Kết quả đã được trả.", "05/GP-STTTT")
}

// says fails the test unless the page says each of the texts.
func (a *answer) says(t testing.TB, texts ...string) *answer {
	t.Helper()
	page := a.text()
	for _, s := range texts {
		if !strings.Contains(page, s) {
			t.Fatalf("%s does not say %q; it says: %.1500s", a.path, s, page)
		}
	}
	return a
}

// follow opens the link of the page that has the caption.
func (c *client) follow(a *answer, what string) *answer {
	c.t.Helper()
	link := a.first(func(n *html.Node) bool { return n.Data == "a" && caption(n) == what })
	if link == nil {
		c.t.Fatalf("%s has no link %q: %.1500s", a.path, what, a.text())
	}
	return c.get(attr(link, "href")).want(c.t, 200)
}

// interlinkedPlain is an allowance that commune, district and department settle one after the other,
// without JavaScript.
func (p *province) interlinkedPlain(t *testing.T) {
	dung := p.citizen(t, citizenDung)
	code := dung.fileOnline("1.010803", "xa-02020", example(t, "chung"))
	p.walkThrough(t, code, step{banglungCounter, "Tiếp nhận"}, step{banglungSocial, "Đủ điều kiện"}, step{banglungLeader, "Ký chuyển"},
		step{"ldtbxh.chodon", "Đủ điều kiện"}, step{districtLeader, "Ký chuyển"},
		step{"nguoicocong.soldtbxh", "Đủ điều kiện"}, step{"lanhdao.soldtbxh", "Ký duyệt"},
		step{"vanthu.soldtbxh", "Đã cấp số, phát hành", "number", "77/QĐ-SLĐTBXH"}, step{banglungCounter, "Đã trả kết quả"})
	dung.get("/toi/ho-so/"+code).want(t, 200).says(t, "Kết quả đã được trả.", "77/QĐ-SLĐTBXH")
}
