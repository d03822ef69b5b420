package badday

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"lienthong/packs"
)

// The pack of the province and the procedure every dossier here is about: the registration of a
// household business at a district, which passes through six officials.
const (
	pack      = "bac-kan"
	procedure = "1.001612"
	office    = "huyen-cho-don"
	formKey   = "ho-kinh-doanh-thanh-lap"
	paperCode = "giay-to-phap-ly"
)

// officials are who works on it, by the step's name below.
var officials = []string{"motcua.chodon", "truongtckh.chodon", "tckh.chodon", "lanhdao.chodon", "vanthu.chodon"}

// citizens file them.
var citizens = []string{"0900000001", "0900000002", "0900000004", "0900000005"}

// answers returns a filled form whose business opens in a month.
func answers() (map[string]any, error) {
	files, err := packs.Open(pack)
	if err != nil {
		return nil, err
	}
	raw, err := fs.ReadFile(files, "forms/"+formKey+"/example.json")
	if err != nil {
		return nil, err
	}
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	if b, ok := m["business"].(map[string]any); ok {
		b["start_date"] = time.Now().AddDate(0, 1, 0).Format("2006-01-02")
	}
	return m, nil
}

// paper returns a PDF that no other call with another name returns, of about size bytes.
func paper(name string, size int) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n% " + name + "\n")
	for i := 0; b.Len() < size; i++ {
		s := sha256.Sum256([]byte(name + strconv.Itoa(i)))
		b.WriteString("% " + hex.EncodeToString(s[:]) + "\n")
	}
	b.WriteString("1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
	return b.Bytes()
}

func sumOf(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }

// fileState is a file as a draft or dossier lists it.
type fileState struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Done   bool   `json:"done"`
}

// dossierState is a dossier as the API shows it.
type dossierState struct {
	ID      string      `json:"id"`
	Code    string      `json:"code"`
	Version int64       `json:"version"`
	Status  int         `json:"status"`
	Number  string      `json:"number"`
	Files   []fileState `json:"files"`
	Tasks   []struct {
		ID       string `json:"id"`
		State    string `json:"state"`
		Mine     bool   `json:"mine"`
		Outcomes []struct {
			Key  string `json:"key"`
			Kind string `json:"kind"`
		} `json:"outcomes"`
	} `json:"tasks"`
}

// draftState is a draft as the API shows it.
type draftState struct {
	ID      string         `json:"id"`
	Version int64          `json:"version"`
	Data    map[string]any `json:"data"`
	Files   []fileState    `json:"files"`
}

// life is one dossier from its draft to its end, and what its makers were told. One client leads it,
// one act after the other, so at most one act is open when the program is killed.
type life struct {
	name    string
	citizen string // telephone number

	draft  string // id, which the dossier keeps
	upload string
	code   string
	acked  []string // history entries that answers have promised, in order
	status int      // after the last of them
	files  map[string]string
	next   int    // step
	key    string // Idempotency-Key of the open act
	open   bool   // the open act was sent and not answered
	by     string // who sent it
	last   sent   // what was sent
	err    error  // why the last act had no answer
	gone   bool   // something was wrong with it and was reported
}

// step is one act on a life: what is sent, and what has to be there once it was acknowledged.
type step struct {
	name  string
	entry string // of the history, empty for what leaves none
	do    func(w *world, l *life) (answer, error)
}

// steps are the acts of a life in their order.
func steps() []step {
	return []step{
		{"draft", "", createDraft},
		{"fill", "", fillDraft},
		{"paper", "", func(w *world, l *life) (answer, error) { return attach(w, l, "paper", w.as(l, l.citizen)) }},
		{"announce", "", announce},
		{"piece", "", func(w *world, l *life) (answer, error) { return piece(w, l, false) }},
		{"last piece", "", func(w *world, l *life) (answer, error) { return piece(w, l, true) }},
		{"submit", "submitted", submit},
		{"receive", "received", complete(officials[0])},
		{"assign", "step", complete(officials[1])},
		{"ask", "supplement", ask},
		{"attach", "", func(w *world, l *life) (answer, error) { return attach(w, l, "supplement", w.as(l, l.citizen)) }},
		{"answer", "answered", reply},
		{"examine", "step", complete(officials[2])},
		{"agree", "step", complete(officials[1])},
		{"approve", "step", complete(officials[3])},
		{"result", "", func(w *world, l *life) (answer, error) { return attach(w, l, "result", w.as(l, officials[4])) }},
		{"number", "step", complete(officials[4])},
		{"return", "step", complete(officials[0])},
	}
}

// submitStep is where a draft becomes a dossier.
const submitStep = 6

func createDraft(w *world, l *life) (answer, error) {
	return w.as(l, l.citizen).call("POST", "/drafts", map[string]any{"procedure": procedure, "agency": w.agency}, "Idempotency-Key", l.key)
}

func fillDraft(w *world, l *life) (answer, error) {
	var d draftState
	if err := w.as(l, l.citizen).read("GET", "/drafts/"+l.draft, nil, &d); err != nil {
		return answer{}, err
	}
	return w.as(l, l.citizen).call("PATCH", "/drafts/"+l.draft, map[string]any{"version": d.Version, "data": w.data}, "Idempotency-Key", l.key)
}

// attach sends a whole file.
func attach(w *world, l *life, kind string, c *client) (answer, error) {
	content := paper(l.name+"/"+kind, 2000)
	ctype, body := form(kind+".pdf", content)
	component := ""
	if kind == "paper" {
		component = paperCode
	}
	return c.send("POST", "/api/v1/files?dossier="+l.draft+"&kind="+kind+"&component="+component, ctype, body, "Idempotency-Key", l.key)
}

// scan is the content of the file that is sent in two pieces.
func (l *life) scan() []byte { return paper(l.name+"/scan", 9000) }

const firstPiece = 5000

func announce(w *world, l *life) (answer, error) {
	return w.as(l, l.citizen).call("POST", "/uploads", map[string]any{"dossier": l.draft, "kind": "paper", "name": "scan.pdf", "size": len(l.scan())},
		"Idempotency-Key", l.key)
}

// piece sends the first piece, or what is missing after as much as has arrived.
func piece(w *world, l *life, last bool) (answer, error) {
	c, content := w.as(l, l.citizen), l.scan()
	a, err := c.send("HEAD", "/api/v1/uploads/"+l.upload, "", nil)
	if err != nil || !a.good() {
		return a, err
	}
	at, err := strconv.Atoi(a.header.Get("Upload-Offset"))
	if err != nil {
		return a, fmt.Errorf("an upload without an offset: %v", a.header)
	}
	end := firstPiece
	if last {
		end = len(content)
	}
	if at >= end {
		return a, nil // it had arrived
	}
	return c.send("PATCH", "/api/v1/uploads/"+l.upload, "application/octet-stream", content[at:end], "Upload-Offset", strconv.Itoa(at))
}

func submit(w *world, l *life) (answer, error) {
	return w.as(l, l.citizen).call("POST", "/drafts/"+l.draft+"/submit", nil, "Idempotency-Key", l.key)
}

// myTask returns the open task of the dossier that the official may do and the key of its outcome
// that leads forward.
func myTask(c *client, code string) (task, outcome string, err error) {
	var d dossierState
	if err := c.read("GET", "/dossiers/"+code, nil, &d); err != nil {
		return "", "", err
	}
	for _, t := range d.Tasks {
		if t.State != "open" || !t.Mine {
			continue
		}
		for _, o := range t.Outcomes {
			if o.Kind == "forward" || o.Kind == "finish" {
				return t.ID, o.Key, nil
			}
		}
	}
	return "", "", fmt.Errorf("%s has no task for this official: %+v", code, d)
}

// complete ends the official's task with the outcome that leads on.
func complete(login string) func(w *world, l *life) (answer, error) {
	return func(w *world, l *life) (answer, error) {
		c := w.as(l, login)
		task, outcome, err := myTask(c, l.code)
		if err != nil {
			return answer{}, err
		}
		body := map[string]any{"outcome": outcome}
		if login == officials[4] {
			body["number"] = "13H8-" + l.name
		}
		return c.call("POST", "/tasks/"+task+"/complete", body, "Idempotency-Key", l.key)
	}
}

func ask(w *world, l *life) (answer, error) {
	c := w.as(l, officials[2])
	task, _, err := myTask(c, l.code)
	if err != nil {
		return answer{}, err
	}
	return c.call("POST", "/tasks/"+task+"/supplement", map[string]any{"reason": "Không đọc được số giấy tờ",
		"items": []any{map[string]any{"component": paperCode, "what": "Bản chụp mờ"}}}, "Idempotency-Key", l.key)
}

func reply(w *world, l *life) (answer, error) {
	return w.as(l, l.citizen).call("POST", "/dossiers/"+l.code+"/answer", map[string]any{"note": "Tôi đã chụp lại"}, "Idempotency-Key", l.key)
}

// took notes what an acknowledged act has promised.
func (l *life) took(a answer) error {
	s := steps()[l.next]
	var got struct {
		ID     string `json:"id"`
		File   string `json:"file"`
		Code   string `json:"code"`
		Status int    `json:"status"`
	}
	if len(a.body) > 0 {
		if err := a.into(&got); err != nil {
			return fmt.Errorf("%s: %w: %s", s.name, err, a)
		}
	}
	switch s.name {
	case "draft":
		l.draft = got.ID
	case "announce":
		l.upload = got.File
	case "paper", "attach", "result":
		kind := map[string]string{"paper": "paper", "attach": "supplement", "result": "result"}[s.name]
		l.files[sumOf(paper(l.name+"/"+kind, 2000))] = kind
	case "last piece":
		l.files[sumOf(l.scan())] = "paper"
	case "submit":
		if got.ID != l.draft {
			return fmt.Errorf("draft %s became dossier %s", l.draft, got.ID)
		}
		l.code = got.Code
	}
	if s.entry != "" {
		l.acked, l.status = append(l.acked, s.entry), got.Status
	}
	l.next++
	l.open, l.key = false, ""
	return nil
}

// done tells whether the life is over.
func (l *life) done() bool { return l.gone || l.next == len(steps()) }

func (l *life) String() string {
	at := "at its end"
	if l.next < len(steps()) {
		at = steps()[l.next].name
	}
	return strings.TrimSpace(l.name + " " + l.code + " before " + at)
}
