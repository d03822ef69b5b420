package e2e

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"lienthong/internal/engine/logproof"
)

// newestHead returns the size of the newest signed head of the ledger.
func (c *client) newestHead() string {
	c.t.Helper()
	a := c.send("GET", "/so-nhat-ky/moc/moi-nhat", "", nil)
	lines := strings.Split(string(a.body), "\n")
	if a.status != 200 || len(lines) < 3 {
		c.t.Fatalf("the newest head: %d %s", a.status, a.body)
	}
	return lines[1]
}

// ledgerChecked goes the way of somebody who doubts: a citizen whose dossier officials have opened reads
// who did, takes the proofs along and checks them with the public key alone; a stranger types the code of
// the paper in; and a head from the beginning is continued by the newest.
func (p *province) ledgerChecked(t *testing.T) {
	c, visitor := p.citizen(t, citizenSon), newClient(t, p.base)
	first := visitor.newestHead()
	keys := visitor.send("GET", "/so-nhat-ky/khoa", "", nil)
	key, err := logproof.ReadKey(string(keys.body))
	if err != nil {
		t.Fatal(err)
	}
	own := p.things(t, "xa-02020", citizenSon, banglungCounter, banglungSpecialist, "congan.banglung")
	home := "/toi/ho-so/" + own["code"]
	receipt := string(c.get(home + "/bien-nhan").body)
	code := regexp.MustCompile(`[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}`).FindString(receipt)
	if code == "" {
		t.Fatalf("the receipt bears no code: %s", receipt)
	}
	rows := regexp.MustCompile(`href="(`+regexp.QuoteMeta(home)+`/so/[^"]+)"`).FindAllStringSubmatch(string(c.get(home+"/so").body), -1)
	if len(rows) < 2 {
		t.Fatalf("%d rows to check, want the receipt and a look", len(rows))
	}
	for _, row := range rows {
		if page := string(c.get(row[1]).body); !strings.Contains(page, "chưa bị sửa") {
			t.Errorf("%s does not say that the row is whole", row[1])
		}
		f, err := logproof.Check(c.send("GET", row[1]+"/bang-chung.json", "", nil).body, []logproof.Key{key})
		if err != nil || f.Row == nil || !strings.HasPrefix(f.Row.Action, "dossier.") {
			t.Errorf("%s: %+v %v", row[1], f, err)
		}
	}
	if a := p.staff(t, banglungCounter).send("GET", rows[0][1], "", nil); a.status == 200 {
		t.Error("an official reads a citizen's page")
	}

	form := func(ma string) *answer {
		return visitor.send("POST", "/so-nhat-ky", "application/x-www-form-urlencoded", strings.NewReader(url.Values{"ma": {ma}}.Encode()))
	}
	if a := form(strings.ToLower(strings.ReplaceAll(code, "-", " "))); a.status != 200 || !strings.Contains(string(a.body), "chưa bị sửa") || strings.Contains(string(a.body), own["code"]) {
		t.Errorf("the code %s: %d %s", code, a.status, a.body)
	}
	if a := form(code[:len(code)-1] + map[bool]string{true: "0", false: "1"}[code[len(code)-1] != '0']); a.status != 422 {
		t.Errorf("a code with a wrong letter: %d", a.status)
	}

	last := visitor.newestHead()
	a := visitor.send("GET", "/so-nhat-ky/noi-tiep?tu="+first+"&den="+last, "", nil)
	f, err := logproof.Check(a.body, []logproof.Key{key})
	if err != nil || strconv.FormatInt(f.Heads[1].Size, 10) != last || f.Heads[0].Size >= f.Heads[1].Size {
		t.Errorf("from %s to %s: %+v %v", first, last, f.Heads, err)
	}
}
