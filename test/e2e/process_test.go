package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"golang.org/x/net/html"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/rest"
)

// editorFirst is how many bytes the page on which processes are drawn may weigh on the first visit.
const editorFirst = 350_000

const library = "/quan-tri/thu-vien/quy-trinh/"

// TestProcessEditor is an official who has never programmed: changes a process on the drawing and as a
// list, puts a mistake right, has it published by somebody else, and a dossier runs on it.
func TestProcessEditor(t *testing.T) {
	p := start(t)
	b := startBrowser(t)
	const key, code = "giay-phep-ban-tin", "1.009374"

	tb := b.open(t, p.base, desk())
	tb.become(p.staff(t, "kiemsoat.tinh"))
	tb.goTo("/quan-tri/thu-vien")
	tb.follow(key)
	tb.follow("Sửa quy trình (tạo bản nháp)")
	tb.weigh(t, library+key+"/so-do", editorFirst)
	tb.opened()
	tb.shot("1-drawing")

	t.Run("on the drawing", func(t *testing.T) {
		tb.t = t
		defer func() { tb.t = t }()
		tb.pick("Thẩm định hồ sơ")
		tb.sees("Bước", "Các kết quả của bước")
		tb.fill("Thời gian xử lý", "1 ngày 4 giờ")
		tb.run("leaving the field", chromedp.KeyEvent(kb.Tab))
		tb.stored("Không có lỗi")

		tb.choose("Việc phải làm", "(chưa chọn)")
		tb.stored("1 chỗ phải sửa")
		tb.shot("2-mistake")
		tb.pick("Tiếp nhận hồ sơ") // somewhere else
		tb.press("Bước “Thẩm định hồ sơ” chưa nói làm gì")
		tb.choose("Việc phải làm", "Thẩm định, xử lý")
		tb.stored("Không có lỗi")

		tb.press("Thêm kết quả")
		tb.run("writing the outcome", chromedp.KeyEvent("Chuyển đơn vị khác"), chromedp.KeyEvent(kb.Tab))
		tb.stored("1 chỗ phải sửa") // the new outcome leads nowhere
		tb.press("Hoàn tác")
		tb.stored("Không có lỗi")

		tb.pick("Phân công thụ lý")
		tb.entry("append.append-task")
		tb.stored("chỗ phải sửa") // a step without a name, an action and a way on
		tb.sees("chưa có tên")
		tb.run("letting the name be", chromedp.KeyEvent(kb.Escape))
		for tb.has([]string{"button"}, "Hoàn tác") && !eval[bool](tb, `document.querySelector("[data-undo]").disabled`) && !strings.Contains(tb.text(), "Không có lỗi") {
			tb.press("Hoàn tác")
			tb.stored("")
		}
		tb.stored("Không có lỗi")
		eval[bool](tb, `(() => { // as "several people at once" of the menu does
			const m = document.getElementById("process-editor").modeler, e = m.get("elementRegistry").get("examine");
			m.get("modeling").updateProperties(e, {loopCharacteristics: m.get("moddle").create("bpmn:MultiInstanceLoopCharacteristics", {})});
			m.get("selection").select([]);
			m.get("selection").select(e);
			return true;
		})()`)
		tb.fill("Số người hoặc số lần", "3")
		tb.fill("Đủ khi", "loop.done >= 2")
		tb.run("leaving the field", chromedp.KeyEvent(kb.Tab))
		tb.stored("1 chỗ phải sửa") // three may decide each in another way: a default way is missing
		if xml := eval[string](tb, `document.getElementById("process-editor").modeler.saveXML().then(r => r.xml)`); !strings.Contains(xml, ">3</bpmn:loopCardinality>") || !strings.Contains(xml, "loop.done &gt;= 2") && !strings.Contains(xml, "loop.done >= 2") {
			t.Errorf("several instances are written as %s", xml)
		}
		for range 3 {
			tb.press("Hoàn tác")
		}
		tb.stored("Không có lỗi")
		eval[bool](tb, `(() => {
			const m = document.getElementById("process-editor").modeler, r = m.get("elementRegistry");
			m.get("selection").select(["receive", "examine", "check"].map(id => r.get(id)));
			return true;
		})()`)
		tb.entry("align-elements") // whose icons are drawn without a style of their own
		tb.run("closing the menu", chromedp.KeyEvent(kb.Escape))
		tb.inspect(t, desk())
	})
	tb.t = t
	if found := tb.violations(); len(found) > 0 {
		t.Error(found)
	}

	t.Run("as a list, without JavaScript", func(t *testing.T) {
		c := p.staff(t, "kiemsoat.tinh")
		list := c.get(library+key+"/buoc").want(t, 200).says(t, "Thẩm định hồ sơ", "1 ngày làm việc 4 giờ", "Đủ điều kiện: đến “Kiểm tra kết quả thẩm định”")
		add := c.link(list, "Thêm bước giữa “Thẩm định hồ sơ” và “Kiểm tra kết quả thẩm định”").says(t, "Thêm bước giữa")
		bad := c.submit(add, "Thêm bước", "name", "", "budget", "mai kia")
		if bad.status != 422 {
			t.Fatalf("a step without a name is answered %d", bad.status)
		}
		bad.says(t, "Hãy ghi tên bước.", "Không hiểu thời gian này.")
		step := c.submit(bad, "Thêm bước", "name", "Xin ý kiến lãnh đạo phòng", "nameEn", "Ask the head", "lane", "head", "action", "opinion", "budget", "nửa ngày")
		if step.status != 422 {
			t.Fatalf("half a day is answered %d", step.status)
		}
		step = c.submit(step, "Thêm bước", "budget", "4 giờ").want(t, 200).says(t, "Đã thêm bước.", "Xin ý kiến lãnh đạo phòng")
		list = c.submit(step, "Lưu", "o.name.0", "Đồng ý với chuyên viên", "o.name.1", "Làm lại", "o.kind.1", "back", "o.note.1", "on", "o.to.1", "examine").want(t, 200)
		list.says(t, "Đã lưu bước.", "Đồng ý với chuyên viên", "Làm lại: đến “Thẩm định hồ sơ”", "Không có lỗi")
		if lost := c.submit(step, "Lưu", "name", "Khác"); lost.status != 409 {
			t.Errorf("saving an old state is answered %d", lost.status)
		}
	})

	tb.goTo(library + key + "/so-sanh")
	tb.sees("mới Bước “Xin ý kiến lãnh đạo phòng”", "đổi Bước “Thẩm định hồ sơ”", "1 ngày làm việc 4 giờ")
	tb.inspect(t, desk())
	tb.shot("3-compared")
	for _, at := range []string{"", "/buoc", "/buoc/examine", "/lan/head", "/them-buoc?duong=f_assign_examine"} {
		tb.goTo(library + key + at)
		tb.inspect(t, desk())
	}

	tb.goTo(library + key)
	tb.follow("Trình công bố")
	tb.inspect(t, desk())
	tb.push("Trình công bố")
	tb.sees("Hãy ghi lý do.")
	tb.fill("Lý do", "Theo góp ý của Sở, thêm bước xin ý kiến")
	tb.push("Trình công bố")
	tb.sees("Đã trình.", "Một người khác phải xem và công bố.")
	if status := tb.visit(library + key + "/duyet"); status != 403 {
		t.Errorf("the proposer's way to publication is answered %d", status)
	}

	boss := b.open(t, p.base, desk())
	boss.become(p.staff(t, "quantri.tinh"))
	boss.goTo(library + key)
	boss.follow("Xem và công bố")
	boss.sees("Theo góp ý của Sở, thêm bước xin ý kiến", "Xin ý kiến lãnh đạo phòng", code)
	boss.inspect(t, desk())
	boss.shot("4-approve")
	boss.push("Công bố quy trình")
	boss.sees("Đã công bố quy trình.", "Phiên bản 2")

	thai := p.citizen(t, citizenThai)
	file := thai.fileOnline(code, "", example(t, "ban-tin"))
	p.walkThrough(t, file, step{"motcua.tinh", "Tiếp nhận"}, step{"truongphong.sotttt", "Đã phân công"}, step{"chuyenvien.sotttt", "Đủ điều kiện"},
		step{"truongphong.sotttt", "Đồng ý với chuyên viên"}, step{"truongphong.sotttt", "Đồng ý trình ký"}, step{"lanhdao.sotttt", "Ký duyệt"},
		step{"vanthu.sotttt", "Đã cấp số, phát hành", "number", "06/GP-STTTT"}, step{"motcua.tinh", "Đã trả kết quả"})
	thai.get("/toi/ho-so/"+file).want(t, 200).says(t, "Kết quả đã được trả.", "06/GP-STTTT")

	t.Run("conflict", func(t *testing.T) { p.drawnByTwo(t, b) })
	t.Run("other modelers", func(t *testing.T) { p.keptWhole(t, b) })
}

// drawnByTwo has two people draw at once: the second is told, and nothing of the first is lost.
func (p *province) drawnByTwo(t *testing.T, b *browser) {
	const key = "mot-cua-trong-ngay"
	one, two := b.open(t, p.base, desk()), b.open(t, p.base, desk())
	one.become(p.staff(t, "kiemsoat.tinh"))
	two.become(p.staff(t, "quantri.tinh"))
	one.goTo(library + key)
	one.follow("Sửa quy trình (tạo bản nháp)")
	for _, tb := range []*tab{one, two} {
		tb.goTo(library + key + "/so-do")
		tb.opened()
		tb.pick("Trả kết quả")
	}
	one.fill("Thời gian xử lý", "3 giờ")
	one.run("leaving the field", chromedp.KeyEvent(kb.Tab))
	one.stored("Không có lỗi")
	two.fill("Thời gian xử lý", "4 giờ")
	two.run("leaving the field", chromedp.KeyEvent(kb.Tab))
	for end := time.Now().Add(patience); !strings.Contains(two.text(), "Tải bản của tôi về máy"); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the second is not told: %.600s", two.text())
		}
	}
	eval[bool](two, `(() => { window.onbeforeunload = null; return true })()`)
	d, err := bpmn.Parse(p.staff(t, "kiemsoat.tinh").get(library+key+"/nhap.bpmn").want(t, 200).body)
	if err != nil || d.Node("return").Budget != 180 {
		t.Error("the first one's change is not there", err)
	}
}

// keptWhole opens and saves a file of another modeler on the drawing: it says what it said before,
// down to what only the other modeler understands.
func (p *province) keptWhole(t *testing.T, b *browser) {
	src, err := os.ReadFile("../../packs/bac-kan/processes/lien-thong-xa-huyen-tinh.bpmn")
	if err != nil {
		t.Fatal(err)
	}
	foreign := strings.NewReplacer(
		`id="definitions_`, `xmlns:v="urn:vendor" v:made="elsewhere" id="definitions_`,
		`<bpmn:startEvent id="start"`, `<bpmn:startEvent v:colour="red" id="start"`,
	).Replace(string(src))
	foreign = strings.Replace(foreign, "<bpmn:extensionElements>", `<bpmn:extensionElements><v:form title="a &amp; b"><v:field n="1">x &lt; y</v:field></v:form>`, 1)
	foreign = strings.Replace(foreign, "</bpmn:definitions>", `<v:settings deep="yes"><v:x/></v:settings></bpmn:definitions>`, 1)
	admin := p.program(t, "kiemsoat.tinh")
	if a := admin.send("PUT", rest.Prefix+"/procedure-processes/cua-nguoi-khac", "application/xml", strings.NewReader(foreign)); a.status >= 300 {
		t.Fatalf("the file is answered %d: %.400s", a.status, a.body)
	}
	tb := b.open(t, p.base, desk())
	tb.become(p.staff(t, "kiemsoat.tinh"))
	tb.goTo(library + "cua-nguoi-khac/so-do")
	tb.opened()
	tb.press("Lưu ngay")
	tb.stored("Không có lỗi")
	now := p.staff(t, "kiemsoat.tinh").get(library+"cua-nguoi-khac/nhap.bpmn").want(t, 200).body
	was, err := bpmn.Parse([]byte(foreign))
	if err != nil {
		t.Fatal(err)
	}
	is, err := bpmn.Parse(now)
	if err != nil {
		t.Fatal(err)
	}
	if diff := bpmn.Compare(was, is); len(diff) > 0 {
		t.Errorf("opening and saving changes %+v", diff)
	}
	for i := range was.Nodes {
		if n := is.Node(was.Nodes[i].ID); n.Bounds != was.Nodes[i].Bounds {
			t.Errorf("%s has moved from %v to %v", n.ID, was.Nodes[i].Bounds, n.Bounds)
		}
	}
	for _, f := range was.Flows {
		if g := is.Flow(f.ID); fmt.Sprint(g.Points) != fmt.Sprint(f.Points) {
			t.Errorf("the line of %s has moved", f.ID)
		}
	}
	file, err := bpmn.ReadFile(now)
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := file.Attr("start", "urn:vendor", "colour"); v != "red" {
		t.Errorf("the start's colour is %q", v)
	}
	for _, s := range []string{`made="elsewhere"`, `title="a &amp; b"`, "x &lt; y", `deep="yes"`} {
		if !strings.Contains(strings.NewReplacer("&#38;", "&amp;", "&#60;", "&lt;").Replace(string(now)), s) {
			t.Errorf("%s is gone", s)
		}
	}
}

// opened waits until the drawing is there.
func (tb *tab) opened() {
	tb.t.Helper()
	for end := time.Now().Add(patience); !eval[bool](tb, `!!document.querySelector("#process-editor.ready")`); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			tb.t.Fatalf("the drawing does not open: %.600s", tb.text())
		}
	}
}

// pick clicks the element of the drawing that has the name.
func (tb *tab) pick(name string) {
	tb.t.Helper()
	said, err := json.Marshal(name)
	if err != nil {
		tb.t.Fatal(err)
	}
	at := eval[[]float64](tb, `(() => {
		const m = document.getElementById("process-editor").modeler;
		window.scrollTo(0, 0);
		m.get("canvas").zoom("fit-viewport");
		const e = m.get("elementRegistry").find(e => e.businessObject && e.businessObject.name === `+string(said)+` && e.type !== "label");
		const r = m.get("canvas").getGraphics(e).getBoundingClientRect();
		return [r.left + r.width / 2, r.top + r.height / 2 + r.height / 4];
	})()`)
	tb.run("clicking "+name, chromedp.MouseClickXY(at[0], at[1]))
}

// entry clicks an entry of the menu beside what is selected, once it has come to rest in the open.
func (tb *tab) entry(action string) {
	tb.t.Helper()
	last := ""
	for end := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		at := eval[[]float64](tb, `(() => {
			const e = document.querySelector('.djs-context-pad.open .entry[data-action="`+action+`"]');
			if (!e) return [];
			const r = e.getBoundingClientRect(), x = r.left + r.width / 2, y = r.top + r.height / 2, top = document.elementFromPoint(x, y);
			return top && e.contains(top) ? [x, y] : [];
		})()`)
		if now := fmt.Sprint(at); len(at) == 2 && now == last {
			tb.run("clicking "+action, chromedp.MouseClickXY(at[0], at[1]))
			return
		} else {
			last = now
		}
		if time.Now().After(end) {
			tb.t.Fatalf("there is no entry %s within reach", action)
		}
	}
}

// stored waits until the drawing's changes are saved and checked with the result.
func (tb *tab) stored(result string) {
	tb.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		page := tb.text()
		if strings.Contains(page, "Đã lưu lúc") && strings.Contains(page, result) {
			return
		}
		if time.Now().After(end) {
			tb.t.Fatalf("the drawing is not saved with %q: %.1500s", result, page)
		}
	}
}

// link opens the link of the page that says so, with what only a screen reader reads.
func (c *client) link(a *answer, label string) *answer {
	c.t.Helper()
	n := a.first(func(n *html.Node) bool { return n.Data == "a" && content(n) == label })
	if n == nil {
		c.t.Fatalf("%s has no link %q", a.path, label)
	}
	return c.get(attr(n, "href")).want(c.t, 200)
}
