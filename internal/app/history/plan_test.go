package history_test

import (
	"encoding/json"
	"io/fs"
	"math/rand/v2"
	"testing"

	"lienthong/internal/app/history"
	"lienthong/internal/engine/form"
	"lienthong/internal/engine/worktime"
	"lienthong/internal/kit/civil"
	"lienthong/internal/module/dossier"
	"lienthong/packs"
)

func pack(t *testing.T) (fs.FS, *history.Data, *worktime.Calendar) {
	t.Helper()
	p, err := packs.Open("bac-kan")
	must(t, err)
	d, err := history.Read(p)
	must(t, err)
	raw, err := fs.ReadFile(p, "calendar.json")
	must(t, err)
	var file map[string]any
	must(t, json.Unmarshal(raw, &file))
	delete(file, "source")
	delete(file, "status")
	days, _ := file["days"].([]any)
	for _, x := range days {
		if m, ok := x.(map[string]any); ok {
			delete(m, "status")
		}
	}
	raw, err = json.Marshal(file)
	must(t, err)
	cfg, err := worktime.ParseConfig(raw)
	must(t, err)
	cal, err := worktime.New(cfg, nil)
	must(t, err)
	return p, d, cal
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The plan has exactly the published numbers: 2018 to May 2021, received and online, and the first
// months of 2020 lie where the publication says.
func TestPlanIsAsPublished(t *testing.T) {
	_, d, cal := pack(t)
	if n := d.Total(); n != 432_223 {
		t.Fatalf("%d dossiers in all", n)
	}
	days, err := history.Plan(d, cal, d.Total())
	must(t, err)
	count := func(from, to string) (n, online int64) {
		for _, x := range days {
			if x.Date >= civil.Must(from) && x.Date <= civil.Must(to) {
				n, online = n+x.Sum(), online+x.N[dossier.Online]+x.N[dossier.Sector]
			}
		}
		return n, online
	}
	for _, c := range []struct {
		from, to    string
		all, online int64
	}{
		{"2018-01-01", "2018-12-31", 73_138, 7_654}, {"2019-01-01", "2019-12-31", 133_802, 21_957},
		{"2020-01-01", "2020-12-31", 166_049, 32_483}, {"2021-01-01", "2021-05-31", 59_234, 9_784},
		{"2018-01-01", "2021-05-31", 432_223, 71_878},
	} {
		if n, online := count(c.from, c.to); n != c.all || online != c.online {
			t.Errorf("%s to %s: %d, %d online; want %d, %d", c.from, c.to, n, online, c.all, c.online)
		}
	}
	if n, _ := count("2020-01-01", "2020-05-31"); n < 51_200 || n > 51_400 {
		t.Errorf("%d in the first five months of 2020", n)
	}
	quiet, busy := int64(0), int64(0)
	for _, x := range days {
		closed := cal.Day(x.Date).Minutes == 0
		if closed && x.N[dossier.Counter]+x.N[dossier.Post]+x.N[dossier.Sector] > 0 {
			t.Errorf("%s: nobody works, and %v were filed", x.Date, x.N)
		}
		if x.End < x.Date || cal.Day(x.End).Minutes == 0 {
			t.Errorf("%s ends on %s", x.Date, x.End)
		}
		switch { // the days before Tết 2019, and those of a month later
		case x.Date >= civil.Must("2019-01-29") && x.Date <= civil.Must("2019-02-01"):
			quiet += x.Sum()
		case x.Date >= civil.Must("2019-03-05") && x.Date <= civil.Must("2019-03-08"):
			busy += x.Sum()
		}
	}
	if quiet == 0 || quiet*4 > busy*3 {
		t.Errorf("%d in the days before Tết, %d in as many a month later", quiet, busy)
	}
}

// However many there are, none is lost and none comes twice.
func TestPlanOfAnySize(t *testing.T) {
	_, d, cal := pack(t)
	for _, total := range []int64{1, 7, 400, 10_000, 99_999, 1_000_000} {
		days, err := history.Plan(d, cal, total)
		must(t, err)
		n, last := int64(0), civil.Date(0)
		for _, x := range days {
			n += x.Sum()
			if x.Date <= last {
				t.Fatalf("%s comes after %s", x.Date, last)
			}
			last = x.Date
		}
		if n != total {
			t.Errorf("a plan of %d has %d", total, n)
		}
	}
	if _, err := history.Plan(d, cal, 0); err == nil {
		t.Error("a plan of nothing")
	}
}

// Made-up answers are in order on the day they are filled in, and already in canonical form.
func TestMadeUpFormsAreValid(t *testing.T) {
	p, d, _ := pack(t)
	names, err := fs.Glob(p, "forms/*/schema.json")
	must(t, err)
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for _, name := range names {
		dir := name[:len(name)-len("/schema.json")]
		read := func(file string) []byte { b, err := fs.ReadFile(p, dir+"/"+file); must(t, err); return b }
		f, err := form.Compile(read("schema.json"), read("layout.json"))
		must(t, err)
		s, err := history.NewSheet(f, read("example.json"))
		must(t, err)
		for _, day := range []string{"2018-01-02", "2019-02-28", "2020-02-29", "2021-05-31"} {
			for range 20 {
				raw, who := s.Fill(d, r, civil.Must(day), []string{"Xã Sĩ Bình, Huyện Bạch Thông, Tỉnh Bắc Kạn"})
				data, err := form.Parse(raw)
				must(t, err)
				for _, bad := range f.Validate(data, civil.Must(day)) {
					t.Errorf("%s on %s: %s %s", dir, day, bad.Path, bad.Key)
				}
				again, err := f.Canonical(data)
				must(t, err)
				if string(again) != string(raw) {
					t.Fatalf("%s: not canonical:\n%s\n%s", dir, raw, again)
				}
				if form.String(data, "/applicant/name") != who.Name || form.String(data, "/applicant/cccd") != who.Doc || who.Phone == "" {
					t.Errorf("%s: the applicant is %+v and not the one of the form", dir, who)
				}
				seen[who.Name] = true
			}
		}
		if t.Failed() {
			return
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d different names", len(seen))
	}
}
