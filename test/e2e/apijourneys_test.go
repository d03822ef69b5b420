package e2e

import (
	"strings"
	"testing"
)

// with returns a copy of an example whose applicant has the telephone, so that one-time codes of one
// journey do not go where another's do.
func with(data map[string]any, phone string) map[string]any {
	a, _ := data["applicant"].(map[string]any)
	a["phone"] = phone
	return data
}

// apiBirth is a birth registration by programs alone: the citizen's, and one for each official with
// no more scopes than its work needs.
func (p *province) apiBirth(t *testing.T) {
	f := &filing{p: p, t: t, citizen: p.program(t, citizenDung)}
	if me := f.citizen.call("GET", "/me", nil); me.text("kind") != "citizen" || me.number("assurance") != 2 {
		t.Fatalf("the citizen is %v", me)
	}
	visitor := newClient(t, p.base)
	visitor.ask("POST", "/drafts", object{"procedure": birthCode}).problem(t, 401, "rest.401")
	if where(visitor.call("GET", "/procedures?q=khai+sinh", nil).list("items"), "code", birthCode) == nil {
		t.Error("the procedure is not found by its words")
	}
	visitor.ask("GET", "/procedures/9.999999", nil).problem(t, 404, "procedure.not_found")

	filed := f.file(f.citizen, birthCode, "xa-02020", 2, with(example(t, "khai-sinh"), "0912000001"), nil)
	if filed.number("status") != 1 || filed.text("received_at") != "" {
		t.Errorf("filed: %v", filed)
	}
	reader := p.integrator(t, banglungCounter, "dossier.read")
	task := f.worker(banglungCounter, "receive").taskOf(f.code, "receive")
	reader.ask("POST", "/tasks/"+task+"/complete", object{"outcome": "accept"}).problem(t, 403, "dossier.not_your_task")
	reader.ask("GET", "/ledger", nil).problem(t, 403, "rest.403")
	p.program(t, districtLeader).ask("POST", "/tasks/"+task+"/complete", object{"outcome": "accept"}).problem(t, 404, "dossier.not_found")
	if items := reader.call("GET", "/worklist", nil).list("items"); len(items) != 0 {
		t.Errorf("a program that only reads has work: %v", items)
	}
	f.worker(banglungCounter, "receive").paged("/worklist", 2, "task")

	if d := f.step(banglungCounter, "receive", "accept"); d.number("status") != 2 || d.text("due_at") == "" {
		t.Errorf("received: %v", d)
	}
	f.step(banglungSpecialist, "examine", "pass")
	if seen := f.lookUp(); seen.number("status") != 4 || strings.Contains(seen.text("applicant"), "Tuyến") || len(seen.list("results")) != 0 {
		t.Errorf("looked up on its way: %v", seen)
	}
	f.step(banglungLeader, "approve", "approve")
	result := f.issue(banglungClerk, "12/KS")
	f.finish(banglungCounter, result, "0912000001")
	f.citizen.paged("/notifications", 2, "id")
}

// apiCounter is a birth registration at a counter: filed by the official's program, corrected after
// receipt, carried over with a list, taken back from a wrong step, and joined to the applicant's
// account once the card was compared.
func (p *province) apiCounter(t *testing.T) {
	const phone, card = "0912000002", "006091000777"
	f := &filing{p: p, t: t, citizen: p.program(t, phone)}
	desk := f.worker(banglungCounter, "receive")
	data := with(example(t, "khai-sinh"), phone)
	data["applicant"].(map[string]any)["cccd"] = card
	filed := f.file(desk, birthCode, "xa-02020", 1, data, object{"consent": true})
	if filed.number("status") != 2 || filed.text("received_at") == "" {
		t.Errorf("filed at the counter: %v", filed)
	}
	f.citizen.ask("GET", "/dossiers/"+f.code, nil).problem(t, 404, "dossier.not_found") // nobody has seen the card

	fixed := desk.call("GET", "/dossiers/"+f.code, nil).object("data")
	object(fixed).object("applicant")["name"] = "Hoàng Văn Tuyên"
	desk.ask("POST", "/dossiers/"+f.code+"/correct", object{"data": fixed}).problem(t, 422, "rest.422")
	desk.once("POST", "/dossiers/"+f.code+"/correct", object{"data": fixed, "reason": "Gõ nhầm tên"})
	if e := where(desk.call("GET", "/dossiers/"+f.code+"/history", nil).list("items"), "act", "corrected"); e == nil || len(e.list("changed")) != 1 {
		t.Errorf("the correction left %v", e)
	}

	waiting := where(desk.call("GET", "/handovers/waiting", nil).list("items"), "code", f.code)
	if waiting == nil {
		t.Fatal("the papers wait on no pile")
	}
	list := desk.once("POST", "/handovers", object{"to": waiting.object("unit").text("id"), "tasks": []string{waiting.text("task")}})
	examiner := f.worker(banglungSpecialist, "examine")
	taken := examiner.once("POST", "/handovers/"+list.text("id")+"/confirm", object{"found": []string{waiting.text("task")}})
	if taken.text("state") != "confirmed" || taken.list("items")[0]["taken"] != true {
		t.Errorf("taken over: %v", taken)
	}
	examine := examiner.taskOf(f.code, "examine")
	f.step(banglungSpecialist, "examine", "pass")
	examiner.once("POST", "/tasks/"+examine+"/take-back", object{"reason": "Chưa ghi sổ"})
	f.step(banglungSpecialist, "examine", "pass")
	f.step(banglungLeader, "approve", "approve")
	result := f.issue(banglungClerk, "13/KS")

	account := f.citizen.call("GET", "/me", nil).text("account")
	identity := object{"doc_kind": "cccd", "doc_number": card, "name": "Hoàng Văn Tuyên"}
	examiner.ask("POST", "/accounts/"+account+"/identity", identity).problem(t, 403, "rest.403")
	desk.ask("POST", "/accounts/"+account+"/identity", identity).problem(t, 403, "iam.may_not") // no program looks at a card
	p.program(t, banglungCounter).call("POST", "/accounts/"+account+"/identity", identity)
	f.stands(9, "Bằng Lũng")
	f.finish(banglungCounter, result, phone)
}

// apiHousehold is a household business at a district: assigned to a specialist by name, with a
// request that names defects of two papers, an answer with a new file and a corrected form.
func (p *province) apiHousehold(t *testing.T) {
	const district = "huyện Chợ Đồn"
	f := &filing{p: p, t: t, citizen: p.program(t, citizenSon)}
	f.file(f.citizen, "1.001612", "huyen-cho-don", 2, with(example(t, "ho-kinh-doanh-thanh-lap"), "0912000003"),
		object{"case": "Các thành viên hộ gia đình đăng ký"})
	f.step("motcua.chodon", "receive", "accept")
	f.stands(2, district)
	head := f.worker("truongtckh.chodon", "assign")
	who := where(head.call("GET", "/colleagues?role=specialist", nil).list("items"), "name", "Lý Văn Páo")
	if who == nil {
		t.Fatal("the head of the division does not see the specialist")
	}
	f.step("truongtckh.chodon", "assign", "assigned", "assignee", who.text("account"))

	examiner := f.worker("tckh.chodon", "examine")
	task := examiner.taskOf(f.code, "examine")
	examiner.ask("POST", "/tasks/"+task+"/complete", object{"outcome": "supplement", "note": "Thiếu"}).problem(t, 422, "dossier.name_the_defects")
	examiner.once("POST", "/tasks/"+task+"/supplement", object{"reason": "Chưa đủ căn cứ", "items": []object{
		{"component": "giay-to-phap-ly", "what": "Bản chụp mờ"}, {"component": "bien-ban-hop", "what": "Thiếu chữ ký"}, {"what": "Địa chỉ trụ sở chưa đủ"}}})
	own := f.stands(5, district)
	asked := own.list("supplements")[0]
	if len(asked.list("items")) != 3 || asked.list("items")[1].text("name") == "" || asked.text("asked_by") != "" || own.text("due_at") != "" {
		t.Errorf("the citizen is asked %v, with the clock at %q", asked, own.text("due_at"))
	}
	f.citizen.ask("POST", "/dossiers/"+f.code+"/answer", object{}).problem(t, 422, "dossier.step_incomplete")
	f.upload(f.citizen, "supplement", "giay-to-phap-ly", []byte(pdf))
	data := own.object("data")
	object(data).object("business")["address"] = "Số 5, tổ 2, khu chợ"
	f.citizen.once("POST", "/dossiers/"+f.code+"/answer", object{"data": data, "note": "Đã chụp lại"})
	f.citizen.ask("POST", "/dossiers/"+f.code+"/answer", object{"note": "Nữa"}).problem(t, 409, "dossier.nothing_asked")
	if own = f.stands(4, district); own.text("due_at") == "" || own.object("data").object("business").text("address") != "Số 5, tổ 2, khu chợ" {
		t.Errorf("after the answer the clock is at %q and the form says %v", own.text("due_at"), own.object("data").object("business"))
	}

	f.step("tckh.chodon", "examine", "pass")
	f.step("truongtckh.chodon", "check", "back", "note", "Ghi rõ ngành nghề")
	f.step("tckh.chodon", "examine", "pass")
	f.step("truongtckh.chodon", "check", "agree")
	f.step("lanhdao.chodon", "approve", "approve")
	f.finish("motcua.chodon", f.issue("vanthu.chodon", "13H8005678"), "0912000003")
}

// apiLicence is a licence of a department that its leader approves together with other work: each
// step of the batch is answered for itself.
func (p *province) apiLicence(t *testing.T) {
	f := &filing{p: p, t: t, citizen: p.program(t, citizenThai)}
	f.file(f.citizen, "1.009374", "so-tttt", 2, with(example(t, "ban-tin"), "0912000004"), nil)
	f.step("motcua.tinh", "receive", "accept")
	f.step("truongphong.sotttt", "assign", "assigned")
	f.stands(4, "Sở Thông tin và Truyền thông")
	f.step("chuyenvien.sotttt", "examine", "pass")
	f.step("truongphong.sotttt", "check", "agree")

	leader := f.worker("lanhdao.sotttt", "approve")
	task := leader.taskOf(f.code, "approve")
	leader.once("POST", "/dossiers/"+f.code+"/extend", object{"days": 2, "reason": "Chờ ý kiến thẩm định"})
	steps := []object{{"task": task, "outcome": "approve"}, {"task": "01890000-0000-7000-8000-000000000000", "outcome": "approve"}}
	report := leader.once("POST", "/tasks/complete", object{"steps": steps}).list("items")
	if len(report) != 2 || report[0].object("dossier").text("code") != f.code || report[1].text("code") != "dossier.task_gone" || report[1].text("message") == "" {
		t.Fatalf("the batch reports %v", report)
	}
	result := f.issue("vanthu.sotttt", "06/GP-STTTT")
	f.finish("motcua.tinh", result, "0912000004")
	p.program(t, "quantri.tinh").paged("/notifications/deliveries", 20, "id")
}

// apiInterlinked is an allowance that three levels settle one after the other. On its way the
// district stops the clock and lets it run again, and sends the dossier back to the commune once.
func (p *province) apiInterlinked(t *testing.T) {
	f := &filing{p: p, t: t, citizen: p.program(t, citizenHoi)}
	f.file(f.citizen, "1.010803", "xa-02020", 2, with(example(t, "chung"), "0912000005"), nil)
	f.step(banglungCounter, "receive", "accept")
	f.step(banglungSocial, "examine", "pass")
	p.program(t, "ldtbxh.chodon").ask("GET", "/dossiers/"+f.code, nil).problem(t, 404, "dossier.not_found") // not there yet
	f.step(banglungLeader, "approve", "approve")
	f.stands(4, "huyện Chợ Đồn")
	f.step("ldtbxh.chodon", "examine", "back", "note", "Thiếu xác nhận của thôn")
	f.stands(4, "thị trấn Bằng Lũng")
	f.step(banglungSocial, "examine", "pass")
	f.step(banglungLeader, "approve", "approve")
	f.step("ldtbxh.chodon", "examine", "pass")
	leader := f.worker(districtLeader, "approve")
	leader.once("POST", "/dossiers/"+f.code+"/hold", object{"reason": "Chờ văn bản hướng dẫn"})
	if own := f.stands(8, "huyện Chợ Đồn"); own["paused"] != true || own.text("hold") != "Chờ văn bản hướng dẫn" {
		t.Errorf("held: %v", own)
	}
	leader.ask("POST", "/tasks/"+leader.taskOf(f.code, "approve")+"/complete", object{"outcome": "approve"}).problem(t, 409, "dossier.on_hold")
	leader.once("POST", "/dossiers/"+f.code+"/resume", object{"note": "Đã có văn bản"})
	f.step(districtLeader, "approve", "approve")
	f.stands(4, "Sở Lao động")
	f.step("nguoicocong.soldtbxh", "examine", "pass")
	f.step("lanhdao.soldtbxh", "approve", "approve")
	f.finish(banglungCounter, f.issue("vanthu.soldtbxh", "78/QĐ-SLĐTBXH"), "0912000005")
	p.program(t, "thanhtra.tinh").paged("/ledger", 100, "id")
}
