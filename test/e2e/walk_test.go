package e2e

import "testing"

// unreached are the pages that no link on an ordinary day leads to, each with the reason.
func unreached() map[string]string {
	return map[string]string{
		"/quan-tri/khoi-dau":                  "makes the first administrator, once, and is gone in the demonstration",
		"/can-bo/toi":                         "only leads on",
		"/nop/{draft}":                        "only leads on",
		"/dang-nhap/ma":                       "asks for a code that was sent; the journeys see it",
		"/can-bo/so-luong":                    "is a part of a page that refreshes; the page is looked at",
		"/can-bo/thong-ke/so-lieu":            "is a part of a page that refreshes; the page is looked at",
		"/thong-ke/so-lieu":                   "is a part of a page that refreshes; the page is looked at",
		"/quan-tri/chuyen-ho-so/{id}":         "tells of an order to move dossiers, which TestMovingDossiers gives and looks at",
		"/quan-tri/chuyen-ho-so/{id}/tien-do": "is a part of a page that refreshes; the page is looked at",
		"/quan-tri/su-co/{id}":                "tells of a process that stopped, of which the province has none; the tests of its package see it",
		"/healthz":                            "is for machines",
		"/readyz":                             "is for machines",
		"/can-bo/ho-so/{code}/lay-lai":        "takes a step back that nobody has gone on from; the matrix asks for it",
	}
}

// pages walks over every page as every role and holds each to what all pages promise. Citizens'
// pages are looked at on a telephone, officials' at a desk; both are inspected at both widths.
func (p *province) pages(t *testing.T, b *browser) {
	own := p.things(t, "xa-02020", citizenSon, banglungCounter, banglungSpecialist, "congan.banglung")
	p.program(t, "quantri.tinh").call("POST", "/procedures/"+spareCode+"/draft", object{})
	drawer := p.staff(t, "kiemsoat.tinh")
	drawer.submit(drawer.get(library+"mot-cua-trong-ngay").want(t, 200), "Sửa quy trình (tạo bản nháp)").want(t, 200)
	routes := p.routes()
	e := newExplorer(routes)
	var staff []string
	for _, r := range []string{"", "/bo-sung?viec=" + own["task"], "/giao?viec=" + own["task"], "/gia-han", "/tam-dung", "/tiep-tuc", "/rut", "/sua",
		"/nghia-vu", "/thu-tien", "/can-cuoc", "/buoc?chon=pass&viec=" + own["task"], "/in/giay-tiep-nhan"} {
		staff = append(staff, "/can-bo/ho-so/"+own["code"]+r)
	}
	atDesk := append([]string{"/can-bo", "/can-bo/moi", "/can-bo/tim?q=Hoàng", "/can-bo/tai-khoan", "/can-bo/thong-ke", "/can-bo/thong-ke/ho-so?loai=received",
		"/can-bo/thu-phi", "/can-bo/thu-phi/in", "/can-bo/thu-phi/huy/" + own["payment"], "/can-bo/ban-giao", "/can-bo/ban-giao/" + own["handover"],
		"/can-bo/ban-giao/" + own["handover"] + "/in", "/can-bo/de-nghi", "/can-bo/tiep-nhan", "/can-bo/tiep-nhan/" + own["counterdraft"],
		"/can-bo/nguoi-dan", "/can-bo/da-tiep-nhan/" + own["code"],
		"/can-bo/ho-so/" + own["asked"] + "/nop-bo-sung"}, staff...)
	head := newClient(t, p.base).newestHead()
	walked := 0
	people := []struct {
		name  string
		c     *client
		v     view
		start []string
	}{
		{"visitor", newClient(t, p.base), phone(), []string{"/", "/thu-tuc?q=khai+sinh", "/thu-tuc/" + birthCode, "/tra-cuu", "/thong-ke", "/dang-nhap",
			"/can-bo/dang-nhap", "/can-bo/doi-mat-khau", "/demo/outbox", "/so-nhat-ky", "/so-nhat-ky/moc/" + head,
			"/so-nhat-ky/noi-tiep?tu=" + head + "&den=" + head}},
		{"citizen", p.citizen(t, citizenSon), phone(), []string{"/toi", "/toi/thong-bao", "/thu-tuc/" + birthCode + "/nop", "/nop/" + own["draft"] + "/kiem-tra",
			"/nop/" + own["draft"] + "/tre", "/nop/" + own["draft"] + "/giay-to", "/nop/" + own["draft"] + "/tuy-chon", "/nop/" + own["draft"] + "/huy",
			"/toi/ho-so/" + own["code"], "/toi/ho-so/" + own["code"] + "/bien-nhan", "/toi/ho-so/" + own["code"] + "/rut", "/toi/ho-so/" + own["code"] + "/so", "/toi/ho-so/" + own["code"] + "/so/bien-nhan", "/toi/ho-so/" + own["asked"] + "/bo-sung",
			"/toi/ho-so/" + own["asked"] + "/bo-sung/tre"}},
		{"receiver", p.staff(t, banglungCounter), desk(), atDesk},
		{"specialist", p.staff(t, banglungSpecialist), desk(), atDesk},
		{"leader", p.staff(t, banglungLeader), desk(), append([]string{"/can-bo/qua-han/nhac-han", "/can-bo/qua-han/tep/qua-han.csv"}, atDesk...)},
		{"administrator", p.staff(t, "quantri.tinh"), desk(), []string{"/quan-tri/to-chuc", "/quan-tri/to-chuc/don-vi/" + own["unit"],
			"/quan-tri/to-chuc/nguoi/" + own["person"], "/quan-tri/tai-khoan", "/quan-tri/tai-khoan/" + own["account"], "/quan-tri/thu-tuc",
			"/quan-tri/thu-tuc/" + birthCode, "/quan-tri/thu-tuc/" + spareCode, "/quan-tri/thu-tuc/" + spareCode + "/sua",
			"/quan-tri/thu-tuc/" + spareCode + "/sua/name", "/quan-tri/thu-tuc/" + spareCode + "/cong-bo", "/quan-tri/thu-tuc/" + spareCode + "/huy-nhap", "/quan-tri/thu-vien", library + "mot-cua-trong-ngay",
			library + "mot-cua-trong-ngay/duyet", "/quan-tri/mau-tin", "/quan-tri/tin-nhan", "/quan-tri/lich"}},
		{"auditor", p.staff(t, "thanhtra.tinh"), desk(), []string{"/quan-tri/nhat-ky"}},
	}
	for _, x := range people {
		t.Run(x.name, func(t *testing.T) {
			walked++
			lookAt(t, b, p.base, x.c, e.walk(x.c, x.start, 150), x.v)
		})
	}
	p.pagesAgain(t, b, own)
	if walked < len(people) {
		return // only some were asked for
	}
	if missed := e.missed(routes, unreached()); len(missed) > 0 {
		t.Errorf("nobody reached %q", missed)
	}
}

// pagesAgain looks at pages that others have seen before, as people to whom the same code shows
// something else: another office, another level, another language.
func (p *province) pagesAgain(t *testing.T, b *browser, own map[string]string) {
	file := "/can-bo/ho-so/" + own["code"]
	var far string // one of the district's dossiers
	for _, x := range p.program(t, "motcua.chodon").call("POST", "/search", object{"query": "Hoàng Văn Tuyến"}).list("items") {
		far = "/can-bo/ho-so/" + x.text("code")
	}
	if far == "" {
		t.Fatal("the journeys have left no dossier at the district")
	}
	son, office := p.citizen(t, citizenSon), desk()
	for _, x := range []struct {
		name  string
		c     *client
		v     view
		pages []string
	}{
		{"clerk", p.staff(t, banglungClerk), office, []string{"/can-bo", file, "/quan-tri/to-chuc", "/quan-tri/tai-khoan"}},
		{"counter of the district", p.staff(t, "motcua.chodon"), office, []string{"/can-bo", "/can-bo/tiep-nhan?q=kinh+doanh", far}},
		{"counter of the province", p.staff(t, "motcua.tinh"), office, []string{"/can-bo", "/can-bo/thu-phi"}},
		{"head of a division", p.staff(t, "truongtckh.chodon"), office, []string{"/can-bo", "/can-bo/thong-ke"}},
		{"leader of the district", p.staff(t, districtLeader), office, []string{"/can-bo", "/can-bo/de-nghi", "/can-bo/thong-ke", far}},
		{"controller", p.staff(t, "kiemsoat.tinh"), office, []string{"/can-bo", "/can-bo/thong-ke", "/quan-tri/thu-tuc", "/quan-tri/thu-tuc/" + birthCode, file}},
		{"auditor's figures", p.staff(t, "thanhtra.tinh"), office, []string{"/can-bo/thong-ke", "/can-bo/tai-khoan"}},
		{"administrator's figures", p.staff(t, "quantri.tinh"), office, []string{"/can-bo/thong-ke"}},
		{"visitor in English", newClient(t, p.base), phone(), []string{"/en", "/en/thu-tuc?q=birth", "/en/thu-tuc/" + birthCode, "/en/tra-cuu", "/en/thong-ke",
			"/en/dang-nhap", "/en/can-bo/dang-nhap", "/en/demo/outbox"}},
		{"citizen in English", son, phone(), []string{"/en/toi", "/en/thu-tuc/" + birthCode + "/nop", "/en/nop/" + own["draft"] + "/tre", "/en/nop/" + own["draft"] + "/kiem-tra",
			"/en/toi/ho-so/" + own["code"], "/en/toi/ho-so/" + own["asked"] + "/bo-sung"}},
		{"receiver in English", p.staff(t, banglungCounter), office, []string{"/en/can-bo", "/en" + file}},
	} {
		t.Run(x.name, func(t *testing.T) {
			// One address for each pattern is all that an explorer looks at, so each role has its own.
			got := newExplorer(p.routes()).walk(x.c, x.pages, len(x.pages))
			if len(got) < len(x.pages) {
				t.Errorf("of %q only %v can be seen", x.pages, got)
			}
			lookAt(t, b, p.base, x.c, got, x.v)
		})
	}
}
