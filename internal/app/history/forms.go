package history

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"lienthong/internal/engine/form"
	"lienthong/internal/kit/civil"
	"lienthong/internal/module/dossier"
)

// exampleDay is the day on which the pack's examples of filled forms are in order; all their dates
// move with the day on which a form is filled in.
func exampleDay() civil.Date { return civil.Of(2026, 11, 23) }

// sheet is a form's example cut at the answers that differ from dossier to dossier, so that filling
// it in is putting pieces together.
type sheet struct {
	pieces []piece
	people []person
}

// piece is some text of the canonical answers and what comes after it.
type piece struct {
	text string
	what byte // one of the kinds below; 0 at the end
	who  int  // place of the person
	date civil.Date
	tail string // for numbers of a year: what stands before the year
}

// The kinds of answers that are filled in.
const (
	fillName = 'n'
	fillCard = 'c'
	fillTel  = 't'
	fillHome = 'h'
	fillDate = 'd' // a date that keeps its distance from the day
	fillBorn = 'b' // a birthday
	fillYear = 'y' // the year of a birthday
	fillOfVN = 'v' // a date as people write it, inside a text
	fillNo   = '#' // a number of a year: 45/2023
)

// person is somebody the example names; two places with the same name are one person.
type person struct {
	male bool
	born civil.Date
}

// who is a person as made up for one dossier.
type who struct {
	name, card, tel string
	born            civil.Date
}

// mark begins and ends what is to be filled in; no answer holds it.
const mark = "\x01"

// newSheet cuts the example. Without a form (f nil) there are no answers, and only the applicant is
// made up.
func newSheet(f *form.Form, example []byte) (*sheet, error) {
	s := &sheet{}
	if f == nil {
		s.people = []person{{male: true, born: exampleDay() - 36*365}}
		s.pieces = []piece{{text: "{}"}}
		return s, nil
	}
	data, err := form.Parse(example)
	if err != nil {
		return nil, err
	}
	canonical, err := f.Canonical(data)
	if err != nil {
		return nil, err
	}
	var v map[string]any
	if err := json.Unmarshal(canonical, &v); err != nil {
		return nil, err
	}
	applicant, ok := v["applicant"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("the form has no applicant")
	}
	delete(applicant, "email")
	c := cutter{names: map[string]int{}}
	c.meet(applicant) // the applicant is the first person
	c.walk(v)
	s.people = c.people
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return s, s.cut(string(b))
}

// cutter puts marks where answers differ.
type cutter struct {
	people []person
	names  map[string]int
}

// meet returns the place of the person whom the object describes, or -1.
func (c *cutter) meet(m map[string]any) int {
	name, _ := m["name"].(string)
	born, _ := m["birth_date"].(string)
	if name == "" || born == "" {
		return -1
	}
	if i, known := c.names[name]; known {
		return i
	}
	d, err := civil.Parse((born + "-01-01")[:10])
	if err != nil {
		return -1
	}
	c.people = append(c.people, person{male: !strings.Contains(name, " Thị ") && m["sex"] != "nu", born: d})
	c.names[name] = len(c.people) - 1
	return len(c.people) - 1
}

func (c *cutter) walk(v any) {
	switch x := v.(type) {
	case []any:
		for i := range x {
			if s, ok := x[i].(string); ok {
				x[i] = c.text("", s, -1)
			} else {
				c.walk(x[i])
			}
		}
	case map[string]any:
		at := c.meet(x)
		for _, k := range slices.Sorted(maps.Keys(x)) {
			if s, ok := x[k].(string); ok {
				x[k] = c.text(k, s, at)
			} else {
				c.walk(x[k])
			}
		}
	}
}

// text returns the answer with marks for what is filled in.
func (c *cutter) text(key, s string, at int) string {
	put := func(what byte, rest string) string { return mark + string(what) + rest + mark }
	if key == "name" && at >= 0 {
		return put(fillName, strconv.Itoa(at))
	}
	if i, known := c.names[s]; known && key != "name" {
		return put(fillName, strconv.Itoa(i))
	}
	switch {
	case key == "cccd" && at >= 0:
		return put(fillCard, strconv.Itoa(at))
	case key == "phone" && at >= 0:
		return put(fillTel, strconv.Itoa(at))
	case key == "address":
		return put(fillHome, "")
	case key == "birth_date" && at >= 0 && len(s) == 10:
		return put(fillBorn, strconv.Itoa(at))
	case key == "birth_date" && at >= 0 && len(s) == 4:
		return put(fillYear, strconv.Itoa(at))
	}
	if d, err := civil.Parse(s); err == nil {
		return put(fillDate, d.String())
	}
	s = regexp.MustCompile(`\b\d{2}/\d{2}/20\d{2}\b`).ReplaceAllStringFunc(s, func(x string) string {
		return put(fillOfVN, x[6:]+"-"+x[3:5]+"-"+x[:2])
	})
	return regexp.MustCompile(`^\d+/20\d{2}$`).ReplaceAllStringFunc(s, func(x string) string {
		n, year, _ := strings.Cut(x, "/")
		return put(fillNo, year+n+"/")
	})
}

// cut divides the marked text into pieces. JSON writes the mark as an escape.
func (s *sheet) cut(text string) error {
	parts := strings.Split(text, `\u0001`)
	for i := 0; i < len(parts); i += 2 {
		p := piece{text: parts[i]}
		if i+1 < len(parts) {
			code := parts[i+1]
			p.what = code[0]
			rest := code[1:]
			var err error
			switch p.what {
			case fillName, fillCard, fillTel, fillBorn, fillYear:
				p.who, err = strconv.Atoi(rest)
			case fillDate, fillOfVN:
				p.date, err = civil.Parse(rest)
			case fillNo:
				p.date, err = civil.Parse(rest[:4] + "-07-01")
				p.tail = rest[4:]
			}
			if err != nil {
				return err
			}
		}
		s.pieces = append(s.pieces, p)
	}
	return nil
}

// fill makes up people and answers for a form filled in on the day, in one of the places. The
// applicant is the first of the people.
func (s *sheet) fill(d *Data, r *rand.Rand, day civil.Date, places []string) ([]byte, dossier.Applicant) {
	var buf [8]who
	people := buf[:0]
	for _, p := range s.people {
		w := who{name: d.name(r, p.male), born: birthday(r, p.born, day), tel: phone(r)}
		w.card = cardOf(r, p.male, w.born.Year())
		people = append(people, w)
	}
	at := home(r, places)
	move := day - exampleDay()
	out := make([]byte, 0, 1024)
	for i := range s.pieces {
		p := &s.pieces[i]
		out = append(out, p.text...)
		switch p.what {
		case fillName:
			out = append(out, people[p.who].name...)
		case fillCard:
			out = append(out, people[p.who].card...)
		case fillTel:
			out = append(out, people[p.who].tel...)
		case fillHome:
			out = append(out, at...)
		case fillBorn:
			out = append(out, people[p.who].born.String()...)
		case fillYear:
			out = strconv.AppendInt(out, int64(people[p.who].born.Year()), 10)
		case fillDate:
			out = append(out, (p.date + move).String()...)
		case fillOfVN:
			out = append(out, (p.date + move).VN()...)
		case fillNo:
			out = strconv.AppendInt(append(out, p.tail...), int64((p.date + move).Year()), 10)
		}
	}
	a := &people[0]
	return out, dossier.Applicant{Name: a.name, Birth: a.born.String(), Doc: a.card, Phone: a.tel, Address: at, Lang: "vi"}
}
