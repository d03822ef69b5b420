package e2e

import "testing"

func (p *province) birthOnline(t *testing.T, b *browser)    {}
func (p *province) birthAtCounter(t *testing.T, b *browser) {}
func (p *province) matrix(t *testing.T) {
	for _, r := range p.routes() {
		if wildcard().MatchString(r.pattern) {
			t.Log(r.method, r.pattern, r.perm)
		}
	}
	code := p.citizen(t, citizenDung).fileOnline("1.001193", "xa-02020", example(t, "khai-sinh"))
	t.Log(code)
	for _, x := range [][]string{{"motcua.banglung", "Tiếp nhận"}, {"tuphap.banglung", "Đủ điều kiện"}, {"lanhdao.banglung", "Ký duyệt"}, {"vanthu.banglung", "Đã cấp số, phát hành", "number", "1/KS"}, {"motcua.banglung", "Đã trả kết quả"}} {
		a := p.staff(t, x[0]).act(code, x[1], x[2:]...)
		t.Logf("%s %.300s", a.path, a.text())
	}
}
