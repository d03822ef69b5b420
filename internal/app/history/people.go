package history

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/id"
	"lienthong/internal/module/org"
)

// counterTag is the tag of the division in which an agency receives and returns.
const counterTag = "mot-cua"

// staff returns who held a role at a unit: an invented official without an account, always the
// same one for the same post.
func staff(d *Data, tree *org.Tree) func(agency, unit id.ID, role string) actor.Actor {
	return func(agency, unit id.ID, role string) actor.Actor {
		if role == "receiver" || role == "cashier" {
			if u, ok := tree.Division(agency, counterTag); ok {
				unit = u.ID
			}
		}
		key := role
		if u, ok := tree.Unit(unit); ok {
			key += " " + u.Key
		}
		h := sha256.Sum256([]byte("lienthong history official " + key))
		account := id.ID(h[:16])
		account[6], account[8] = account[6]&0x0f|0x80, account[8]&0x3f|0x80 // RFC 9562 version 8: made by a rule of ours
		r := rand.New(rand.NewPCG(binary.BigEndian.Uint64(h[16:]), binary.BigEndian.Uint64(h[24:])))
		return actor.Actor{Kind: actor.Staff, Account: account, Name: d.name(r, r.IntN(2) == 0), Agency: agency, Unit: unit}
	}
}

func (d *Data) name(r *rand.Rand, male bool) string {
	given := d.Names.Female
	if male {
		given = d.Names.Male
	}
	return d.Names.Family[r.IntN(len(d.Names.Family))] + " " + given[r.IntN(len(given))]
}

// cardOf returns twelve digits in the form of a citizen's card of the province: area, century and
// sex, year of birth, number.
func cardOf(r *rand.Rand, male bool, birthYear int) string {
	b := make([]byte, 0, 12)
	b = append(b, "006"...)
	sex := 0
	if !male {
		sex = 1
	}
	if birthYear >= 2000 {
		sex += 2
	}
	b = append(b, byte('0'+sex), byte('0'+birthYear/10%10), byte('0'+birthYear%10))
	return string(digits(b, r, 6))
}

// phone returns a number in the range that the demonstration's people have theirs from.
func phone(r *rand.Rand) string { return string(digits([]byte("0912"), r, 6)) }

func digits(b []byte, r *rand.Rand, n int) []byte {
	v := r.Uint64()
	for range n {
		b = append(b, byte('0'+v%10))
		v /= 10
	}
	return b
}

// home returns an address in the area of the unit, or of some commune below it.
func home(r *rand.Rand, places []string) string {
	if len(places) == 0 {
		return "Bắc Kạn"
	}
	return "Thôn " + strconv.Itoa(1+r.IntN(12)) + ", " + places[r.IntN(len(places))]
}

// paperContent is the one page that stands for a paper or a result of past dossiers: it says that it is
// shared, because a page of its own for each of them would wait for the disk each time.
func paperContent(title, body string) []byte {
	text := fmt.Sprintf("BT /F1 14 Tf 60 780 Td (%s) Tj ET\nBT /F1 10 Tf 60 750 Td (%s) Tj ET\n"+
		"BT /F1 10 Tf 60 732 Td (One content for all dossiers of this kind in the demonstration history.) Tj ET", title, body)
	objects := []string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"}
	b := []byte("%PDF-1.4\n")
	var at []int
	for i, o := range objects {
		at = append(at, len(b))
		b = fmt.Appendf(b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := len(b)
	b = fmt.Appendf(b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, x := range at {
		b = fmt.Appendf(b, "%010d 00000 n \n", x)
	}
	return fmt.Appendf(b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
}

// adult is the age in days from which a person's birthday is spread over more years.
const adult = 18*365 + 5

// birthday moves a birthday that was given for a form filled in on the day of the examples to one
// filled in on day, and spreads those of adults.
func birthday(r *rand.Rand, given, day civil.Date) civil.Date {
	b := given + (day - exampleDay())
	if int(day-b) >= adult {
		b -= civil.Date(r.IntN(20 * 365))
	}
	return b
}
