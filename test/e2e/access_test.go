package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"lienthong/internal/app"
	"lienthong/internal/kit/rest"
)

// roles are the columns of the matrix: everybody of the commune Bằng Lũng, its district, and those
// who reach over the province. Each has a session for the pages and a token for the API.
func (p *province) roles() []role {
	person := func(name, who string) role {
		return role{name, func(t testing.TB) *client {
			c := newClient(t, p.base)
			if who[0] == '0' {
				c.citizen(who)
				c.citizenToken(who)
			} else {
				c.staff(who, app.DemoPassword)
				c.staffToken(who)
			}
			c.account = c.call("GET", "/me", nil).text("account")
			return c
		}}
	}
	return []role{
		{"visitor", func(t testing.TB) *client { return newClient(t, p.base) }},
		person("citizen", citizenDung),
		person("receiver, cashier", banglungCounter),
		person("specialist, division head", banglungSpecialist),
		person("leader", banglungLeader),
		person("clerk, unit administrator", banglungClerk),
		person("the district's leader", districtLeader),
		person("controller of the province", "kiemsoat.tinh"),
		person("auditor", "thanhtra.tinh"),
		person("administrator of the province", "quantri.tinh"),
	}
}

// things makes what a commune's routes are about, and returns the values of their wildcards.
func (p *province) things(t testing.TB, agency, citizen, counter, specialist, colleague string) map[string]string {
	t.Helper()
	applicant, desk, examiner, admin := p.program(t, citizen), p.program(t, counter), p.program(t, specialist), p.program(t, "quantri.tinh")
	birth := example(t, "khai-sinh")
	v := map[string]string{}

	// A received dossier with a paid duty, and its papers carried to the division.
	code := applicant.fileByAPI(birthCode, agency, 2, birth)
	desk.complete(code, "receive", "accept")
	examiner.call("POST", "/dossiers/"+code+"/duty", object{"amount": 15000, "notice": "Thông báo 1"})
	desk.call("POST", "/dossiers/"+code+"/payments", object{"amount": 15000, "method": "cash", "receipt": "B " + code})
	v["code"], v["task"] = code, examiner.taskOf(code, "examine")
	d := examiner.call("GET", "/dossiers/"+code, nil)
	v["file"] = where(d.list("files"), "kind", "paper").text("id")
	v["payment"] = examiner.call("GET", "/dossiers/"+code+"/payments", nil).list("items")[0].text("id")
	waiting := where(desk.call("GET", "/handovers/waiting", nil).list("items"), "code", code)
	v["handover"] = desk.call("POST", "/handovers", object{"to": waiting.object("unit").text("id"), "tasks": []string{waiting.text("task")}}).text("id")

	// A dossier for which a second supplement is proposed.
	again := applicant.fileByAPI(birthCode, agency, 2, birth)
	desk.complete(again, "receive", "accept")
	ask := object{"items": []object{{"name": "Giấy chứng sinh", "what": "Ảnh mờ"}}, "reason": "Không đọc được"}
	examiner.call("POST", "/tasks/"+examiner.taskOf(again, "examine")+"/supplement", ask)
	applicant.call("POST", "/dossiers/"+again+"/answer", object{"note": "Đã chụp lại"})
	examiner.call("POST", "/tasks/"+examiner.taskOf(again, "examine")+"/supplement", ask)
	s := examiner.call("GET", "/dossiers/"+again, nil).list("supplements")
	v["supplement"] = s[len(s)-1].text("id")

	// One that waits for its applicant.
	v["asked"] = applicant.fileByAPI(birthCode, agency, 2, birth)
	desk.complete(v["asked"], "receive", "accept")
	examiner.call("POST", "/tasks/"+examiner.taskOf(v["asked"], "examine")+"/supplement", ask)

	v["draft"] = applicant.draftByAPI(birthCode, agency, 2, birth)
	v["program's draft"] = applicant.draftByAPI(birthCode, agency, 2, birth) // the pages file the other one
	v["counterdraft"] = desk.draftByAPI(birthCode, agency, 1, birth)
	v["session"] = applicant.call("GET", "/me/sessions", nil).list("items")[0].text("id")
	v["token"] = examiner.call("POST", "/me/tokens", object{"name": "thử", "scopes": []string{"dossier.read"}, "days": 1}).object("token").text("id")

	// An account has so many; those of earlier rounds make room.
	mine := admin.call("GET", "/report-subscriptions", nil).list("items")
	slices.SortFunc(mine, func(a, b object) int { return strings.Compare(b.text("created_at"), a.text("created_at")) })
	for _, old := range mine[min(len(mine), 4):] {
		admin.ask("DELETE", "/report-subscriptions/"+old.text("id"), nil)
	}
	v["subscription"] = admin.call("POST", "/report-subscriptions", object{"name": "Thử " + code, "every": "month", "choice": object{}}).text("id")

	v["unit"] = where(applicant.call("GET", "/procedures/"+birthCode+"/agencies", nil).list("items"), "key", agency).text("id")
	v["position"] = admin.call("GET", "/units/"+v["unit"]+"/positions", nil).list("items")[0].text("id")
	account := where(admin.call("GET", "/accounts?q="+colleague, nil).list("items"), "login", colleague)
	v["account"], v["person"] = account.text("id"), account.text("person")
	v["held"] = admin.call("GET", "/people/"+v["person"]+"/tenures", nil).list("items")[0].text("position")
	return v
}

// matrix compares who may do what with the committed table.
func (p *province) matrix(t *testing.T) {
	admin := p.program(t, "quantri.tinh")
	message := admin.call("GET", "/notifications/deliveries", nil).list("items")[0].text("id")
	admin.send("POST", rest.Prefix+"/procedures/"+spareCode+"/draft", "application/json", strings.NewReader("{}")) // there may be one already
	row := p.program(t, "thanhtra.tinh").call("GET", "/ledger?limit=1", nil).list("items")[0].text("id")
	head := newClient(t, p.base).newestHead()
	kind := ""
	for _, x := range admin.call("GET", "/notifications/templates", nil).list("items") {
		if x.text("channel") == "sms" && x.text("kind") != "code" { // which is also the name of a dossier's
			kind = x.text("kind")
		}
	}
	things := func() []specimen {
		p.forget() // the role before may have ended everybody's sessions
		return p.specimens(message, kind, row, head, p.things(t, "xa-02020", citizenDung, banglungCounter, banglungSpecialist, "congan.banglung"),
			p.things(t, "xa-01840", citizenThai, "motcua.ducxuan", "tuphap.ducxuan", "congan.ducxuan"))
	}
	golden(t, "matrix.txt", matrix(t, p.routes(), p.roles(), things, packers(t)))
}

// specimens says which things the wildcards of which routes stand for.
func (p *province) specimens(message, kind, row, head string, own, other map[string]string) []specimen {
	var list []specimen
	// of gives the wildcards of routes below a prefix: pairs of the wildcard's name and of the
	// thing's, or of a value of its own for both if there is no such thing.
	of := func(prefix string, pairs ...string) {
		s := specimen{prefix, maps.Clone(own), maps.Clone(other)} // bodies speak of all of them
		for i := 0; i+1 < len(pairs); i += 2 {
			name, thing := pairs[i], pairs[i+1]
			if s.own[name] = thing; own[thing] != "" {
				s.own[name] = own[thing]
			}
			if s.other[name] = thing; other[thing] != "" {
				s.other[name] = other[thing]
			}
		}
		list = append(list, s)
	}
	of("/")
	of("/can-bo/ban-giao/", "id", "handover")
	of("/can-bo/ban-giao-tep/", "file", "ban-giao.csv")
	of("/can-bo/da-chuyen/", "file", "da-chuyen.csv")
	of("/can-bo/da-tiep-nhan/", "code", "code")
	of("/can-bo/danh-sach/", "file", "danh-sach.csv")
	of("/can-bo/de-nghi/", "id", "supplement")
	of("/can-bo/ho-so/", "code", "code", "form", "giay-tiep-nhan")
	of("/can-bo/so-theo-doi/tep/", "file", "so-theo-doi.csv")
	of("/can-bo/tai-khoan/", "token", "token", "session", "session")
	of("/can-bo/tep/", "id", "file")
	of("/can-bo/thong-ke/dinh-ky/", "id", "subscription")
	of("/can-bo/thong-ke/tep/", "file", "thong-ke.csv")
	of("/can-bo/thu-phi/huy/", "id", "payment")
	of("/can-bo/thu-phi/tep/", "file", "thu-phi.csv")
	of("/can-bo/tiep-nhan/", "draft", "counterdraft")
	of("/nop/", "draft", "draft", "page", "tre")
	of("/quan-tri/chuyen-ho-so/", "id", "task") // no such order: whoever may is told so
	of("/quan-tri/su-co/", "id", "task")        // no such incident: whoever may is told so
	of("/quan-tri/lich/", "unit", "unit")
	of("/quan-tri/mau-tin/", "key", kind, "channel", "sms", "lang", "vi")
	of("/quan-tri/nhat-ky/", "row", row)
	of("/quan-tri/tai-khoan/", "account", "account")
	of("/quan-tri/thu-tuc/", "code", spareCode, "number", "1", "field", "name")
	of("/quan-tri/thu-vien/", "key", "mot-cua-trong-ngay", "element", "receive", "lane", "counter")
	of("/quan-tri/tin-nhan/", "message", message)
	of("/quan-tri/to-chuc/", "unit", "unit", "position", "position", "person", "person")
	of("/so-nhat-ky/", "size", head)
	of("/tai-len/", "file", "file")
	of("/tep/", "file", "file")
	of("/thu-tuc/", "code", birthCode)
	of("/toi/ho-so/", "code", "code", "page", "tre", "row", "bien-nhan")
	for _, pairs := range [][]string{{"/accounts/", "account", "account"}, {"/changeovers/", "changeover", "task", "dossier", "task"}, {"/incidents/", "incident", "task"}, {"/dossiers/", "code", "code", "file", "file", "paper", "receipt", "row", "receipt"}, {"/ledger/", "size", head},
		{"/drafts/", "draft", "program's draft"}, {"/files/", "file", "file"}, {"/handovers/", "handover", "handover"},
		{"/me/", "session", "session", "token", "token"}, {"/notifications/deliveries/", "message", message},
		{"/notifications/templates/", "kind", kind, "channel", "sms", "lang", "vi"}, {"/payments/", "payment", "payment"},
		{"/people/", "person", "person", "position", "held"}, {"/positions/", "position", "position"},
		{"/procedure-forms/", "key", "khai-sinh"}, {"/procedure-processes/", "key", "mot-cua-trong-ngay", "number", "1"},
		{"/procedures/", "code", spareCode, "number", "1", "agency", "unit"}, {"/supplements/", "supplement", "supplement"},
		{"/report-subscriptions/", "subscription", "subscription"}, {"/tasks/", "task", "task"}, {"/units/", "unit", "unit"}, {"/uploads/", "file", "file"}} {
		of(rest.Prefix+pairs[0], pairs[1:]...)
	}
	return list
}
