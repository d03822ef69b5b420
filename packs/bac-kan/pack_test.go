package backan_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
)

// The keys that procedures may name. They are listed here and not read from the folders, so that a
// renamed process or form breaks this test and not a citizen's dossier.
func processKeys() []string {
	return strings.Fields(`lien-thong-xa-huyen-tinh
		dang-ky-khai-sinh dang-ky-khai-tu dang-ky-ket-hon nhan-cha-me-con dang-ky-lai-ho-tich cai-chinh-ho-tich
		xac-nhan-hon-nhan dang-ky-giam-ho nuoi-con-nuoi ket-hon-nuoc-ngoai ban-sao-trich-luc
		chung-thuc-ban-sao chung-thuc-chu-ky chung-thuc-giao-dich dang-ky-thuong-tru dang-ky-tam-tru
		thanh-lap-ho-kinh-doanh thay-doi-ho-kinh-doanh tam-ngung-cham-dut-ho-kinh-doanh thanh-lap-doanh-nghiep
		bien-dong-dat-dai tach-hop-thua cap-giay-chung-nhan-lan-dau giay-phep-xay-dung gia-han-giay-phep-xay-dung
		tro-cap-xa-hoi ho-tro-mai-tang xac-dinh-khuyet-tat cong-nhan-ho-ngheo xac-nhan-than-nhan-nguoi-co-cong
		lien-thong-khai-sinh lien-thong-khai-tu giay-phep-ban-tin xuat-ban-tai-lieu ly-lich-tu-phap doi-giay-phep-lai-xe`)
}

// templateKeys are the processes that no procedure of the pack uses: general ones to begin a new
// procedure from.
func templateKeys() []string {
	return strings.Fields(`mot-cua-trong-ngay mot-cua-co-tham-dinh so-nganh so-nganh-ba-ngay lien-thong-xa-huyen
		lien-thong-song-song co-nghia-vu-tai-chinh`)
}

func formKeys() []string {
	return strings.Fields(`khai-sinh ket-hon khai-tu xac-nhan-hon-nhan ban-sao-trich-luc khai-sinh-lai
		nhan-cha-me-con chung-thuc-ban-sao ho-kinh-doanh-thanh-lap ho-kinh-doanh-thay-doi gpxd-nha-o
		bien-dong-dat-dai tro-cap-xa-hoi mai-tang-phi doi-gplx ban-tin ly-lich-tu-phap thuong-tru chung`)
}

func eventKeys() []string {
	return strings.Fields(`sinh-con dat-dai-nha-o kinh-doanh cu-tru-giay-to tro-cap-nguoi-co-cong
		hoc-tap giao-thong bao-chi ket-hon-gia-dinh`)
}

type origin struct {
	Source string `json:"source"`
	Status string `json:"status"`
}

func (o origin) check(t *testing.T, where string) {
	t.Helper()
	if strings.TrimSpace(o.Source) == "" {
		t.Errorf("%s: no source", where)
	}
	if !slices.Contains([]string{"verified", "memory", "assumed", "unknown"}, o.Status) {
		t.Errorf("%s: status %q", where, o.Status)
	}
}

type area struct {
	Code, Name, Kind, Parent string
	ValidFrom                string   `json:"valid_from"`
	ValidTo                  string   `json:"valid_to"`
	Predecessors             []string `json:"predecessors"`
	origin
}

type alias struct {
	Scheme, Code string
	ValidFrom    string `json:"valid_from"`
	ValidTo      string `json:"valid_to"`
	Assigned     *bool
	origin
}

type unit struct {
	Key, Kind, Name, Short, Parent, Area, Tag string
	NameEN                                    string `json:"name_en"`
	ValidFrom                                 string `json:"valid_from"`
	ValidTo                                   string `json:"valid_to"`
	Aliases                                   []alias
	origin
}

type orgFile struct {
	Areas []area
	Units []unit
}

// read decodes a file of the pack and refuses names the types here do not know: a misspelt field
// would otherwise be lost without a word.
func read(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !norm.NFC.IsNormal(b) {
		t.Errorf("%s is not in NFC", path)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func readOrg(t *testing.T) orgFile {
	t.Helper()
	var o orgFile
	read(t, "org.json", &o)
	return o
}

func checkValidity(t *testing.T, where, from, to string) {
	t.Helper()
	f, err := civil.Parse(from)
	if err != nil {
		t.Errorf("%s: valid_from: %v", where, err)
	}
	if to == "" {
		return
	}
	if end, err := civil.Parse(to); err != nil || end <= f {
		t.Errorf("%s: valid_to %q is not a day after %s", where, to, from)
	}
}

func TestAreas(t *testing.T) {
	o := readOrg(t)
	codes, seen := map[string]bool{}, map[string]bool{}
	for _, a := range o.Areas {
		codes[a.Code] = true
	}
	for _, a := range o.Areas {
		id := a.Code + "@" + a.ValidFrom
		if seen[id] {
			t.Errorf("area %s twice", id)
		}
		seen[id] = true
		a.check(t, id)
		checkValidity(t, id, a.ValidFrom, a.ValidTo)
		if (a.Kind == "province") != (a.Parent == "") || a.Parent != "" && !codes[a.Parent] {
			t.Errorf("area %s: parent %q", id, a.Parent)
		}
		for _, p := range a.Predecessors {
			if !codes[p] {
				t.Errorf("area %s: predecessor %q is unknown", id, p)
			}
		}
	}
	count := func(day, kind string) int {
		n, on := 0, map[string]bool{}
		for _, a := range o.Areas {
			if a.ValidFrom > day || a.ValidTo != "" && a.ValidTo <= day {
				continue
			}
			if on[a.Code] && day < "2025-07-01" {
				t.Errorf("code %s names two areas on %s", a.Code, day)
			}
			on[a.Code] = true
			if a.Kind == kind {
				n++
			}
		}
		return n
	}
	// 108 communes since NQ 855/NQ-UBTVQH14; 37 more from the same ground since 1 July 2025.
	for _, c := range []struct {
		day, kind string
		want      int
	}{
		{"2021-06-01", "commune", 108}, {"2021-06-01", "district", 8}, {"2021-06-01", "province", 1},
		{"2024-06-01", "commune", 108}, {"2025-07-01", "commune", 145}, {"2025-07-01", "province", 2},
	} {
		if got := count(c.day, c.kind); got != c.want {
			t.Errorf("on %s: %d areas of kind %s, want %d", c.day, got, c.kind, c.want)
		}
	}
}

func TestUnits(t *testing.T) {
	o := readOrg(t)
	byKey, children, codes := map[string]unit{}, map[string][]string{}, map[string]string{}
	areas := map[string]bool{}
	for _, a := range o.Areas {
		areas[a.Code] = true
	}
	kinds := map[string]int{}
	for _, u := range o.Units {
		if _, ok := byKey[u.Key]; ok || u.Key == "" || u.Name == "" {
			t.Errorf("unit %q twice or nameless", u.Key)
		}
		byKey[u.Key] = u
		kinds[u.Kind]++
		children[u.Parent] = append(children[u.Parent], u.Tag)
	}
	shape := map[string]*regexp.Regexp{
		"qcvn102": regexp.MustCompile(`^\d{3}\.\d{2}\.\d{2}\.H03$`),
		"qd20":    regexp.MustCompile(`^H03(\.\d{2}){0,2}$`),
	}
	for _, u := range o.Units {
		u.check(t, u.Key)
		checkValidity(t, u.Key, u.ValidFrom, u.ValidTo)
		parent, ok := byKey[u.Parent]
		if (u.Key == "tinh") != (u.Parent == "") || u.Parent != "" && !ok {
			t.Errorf("unit %s: parent %q", u.Key, u.Parent)
		}
		if ok && u.Kind == "division" && (u.Key != u.Parent+"."+u.Tag || u.ValidFrom < parent.ValidFrom) {
			t.Errorf("division %s does not fit its agency %s", u.Key, u.Parent)
		}
		if u.Area != "" && !areas[u.Area] {
			t.Errorf("unit %s: area %q", u.Key, u.Area)
		}
		schemes := ""
		for _, a := range u.Aliases {
			a.check(t, u.Key+" "+a.Code)
			checkValidity(t, u.Key+" "+a.Code, a.ValidFrom, a.ValidTo)
			if re := shape[a.Scheme]; re == nil || !re.MatchString(a.Code) {
				t.Errorf("unit %s: %s %q", u.Key, a.Scheme, a.Code)
			}
			if codes[a.Code] != "" {
				t.Errorf("%s belongs to %s and %s", a.Code, codes[a.Code], u.Key)
			}
			codes[a.Code] = u.Key
			if a.Assigned == nil || *a.Assigned && a.Status != "assumed" {
				t.Errorf("%s: an identifier assigned by the pack must be marked as assumed", a.Code)
			}
			schemes += a.Scheme + " "
		}
		// Vertical agencies carry identifiers of their ministries, which are not known here.
		vertical := slices.Contains([]string{"cong-an-tinh", "bhxh-tinh", "cuc-thue"}, u.Key)
		if u.Kind != "division" && !vertical && schemes != "qcvn102 qd20 " {
			t.Errorf("unit %s: identifiers %q", u.Key, schemes)
		}
		need := map[string]string{
			"commune":  "mot-cua tu-phap-ho-tich dia-chinh ldtbxh cong-an",
			"district": "tckh ktht tnmt ldtbxh tu-phap mot-cua van-phong",
		}[u.Kind]
		if u.Kind == "department" && !vertical {
			need = "van-thu"
			if len(children[u.Key]) < 2 {
				t.Errorf("department %s has no professional division", u.Key)
			}
		}
		for _, tag := range strings.Fields(need) {
			if !slices.Contains(children[u.Key], tag) {
				t.Errorf("unit %s has no division %s", u.Key, tag)
			}
		}
	}
	if kinds["province"] != 1 || kinds["department"] != 22 || kinds["district"] != 8 || kinds["commune"] != 108 || kinds["center"] != 1 {
		t.Errorf("units by kind: %v", kinds)
	}
	if codes["000.00.00.H03"] != "tinh" {
		t.Errorf("000.00.00.H03 belongs to %q", codes["000.00.00.H03"])
	}
	for _, u := range []string{"ttpvhcc", "so-tttt", "so-ldtbxh", "so-tu-phap", "so-gtvt", "huyen-cho-don", "tp-bac-kan", "xa-02020"} {
		if _, ok := byKey[u]; !ok {
			t.Errorf("no unit %s", u)
		}
	}
}

func TestCalendar(t *testing.T) {
	b, err := os.ReadFile("calendar.json")
	if err != nil {
		t.Fatal(err)
	}
	var marks struct {
		origin
		Days []struct {
			Date string
			origin
		}
	}
	var cfg worktime.Config
	if err := json.Unmarshal(b, &marks); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &cfg); err != nil {
		t.Fatal(err)
	}
	marks.check(t, "week")
	for _, d := range marks.Days {
		d.check(t, d.Date)
	}
	if err := cfg.Check(); err != nil {
		t.Fatal(err)
	}
	cal, err := worktime.New(cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	for day, hours := range map[string]int{
		"2019-01-05": 8, "2018-12-31": 0, "2024-05-04": 8, "2024-04-29": 0, // exchanged days
		"2026-01-02": 0, "2026-01-10": 8, "2026-08-31": 0, "2026-08-22": 8,
		"2026-02-13": 8, "2026-02-16": 0, "2026-02-20": 0, "2026-02-23": 8, // Tết 2026: off from 14 to 22 February
		"2026-11-23": 8, "2026-11-24": 0, "2026-11-25": 8, "2026-11-28": 0,
	} {
		from := civil.Must(day).At(0)
		if got := cal.Between(from, from.Add(24*time.Hour)); got != hours*60 {
			t.Errorf("%s: %d working minutes, want %d", day, got, hours*60)
		}
	}
}

func TestPack(t *testing.T) {
	var p struct {
		Key, CodeTemplate, Regime string
		Province                  struct {
			Name, Portal map[string]string
			Unit, Area   string
			Code         string
			origin
		}
		Form struct {
			Set string
			origin
		}
	}
	b, err := os.ReadFile("pack.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(bytes.Replace(b, []byte(`"code_template"`), []byte(`"CodeTemplate"`), 1), &p); err != nil {
		t.Fatal(err)
	}
	wd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if p.Key != filepath.Base(wd) || p.Regime != "2021" || p.CodeTemplate != "{agency}-{yymmdd}-{seq4}" || p.Form.Set == "" {
		t.Errorf("pack: %+v", p)
	}
	for _, lang := range []string{"vi", "en"} {
		if p.Province.Name[lang] == "" || p.Province.Portal[lang] == "" {
			t.Errorf("pack: no %s name of the province or its portal", lang)
		}
	}
	p.Province.check(t, "province")
	p.Form.check(t, "form")
}
