package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
)

// tinyPack writes a province of three units and returns its folder.
func tinyPack(t *testing.T, parent string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"pack.json": `{"key": "ti-hon", "province": {"name": {"vi": "Tỉnh Tí Hon", "en": "Tiny"}, "portal": {"vi": "Dịch vụ công Tí Hon", "en": "Tiny services"},
			"area": "99", "unit": "tinh", "code": "H99"}, "code_template": "{agency}-{yymmdd}-{seq4}"}`,
		"org.json": `{"areas": [{"code": "99", "name": "Tỉnh Tí Hon", "kind": "province", "parent": "", "valid_from": "2000-01-01", "source": "thử", "status": "assumed"}],
			"units": [{"key": "tinh", "kind": "province", "name": "Ủy ban nhân dân tỉnh Tí Hon", "area": "99", "valid_from": "2000-01-01", "source": "thử", "status": "assumed"},
			{"key": "xa", "kind": "commune", "name": "Ủy ban nhân dân xã Tí Hon", "parent": "` + parent + `", "valid_from": "2000-01-01", "source": "thử", "status": "assumed"}]}`,
		"calendar.json":    `{"source": "thử", "status": "assumed"}`,
		"procedures/.keep": "",
		"forms/.keep":      "",
		"processes/.keep":  "",
	} {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func openPack(t *testing.T, pack string) (*app.App, error) {
	c := config.Defaults()
	c.Data, c.OpsListen = t.TempDir(), ""
	a, err := app.New(t.Context(), app.Options{Config: c, Pack: pack})
	if err == nil {
		t.Cleanup(func() { a.Close(t.Context()) })
	}
	return a, err
}

// A province can be opened from a folder; one that is wrong is refused with its places, and a name
// that is neither in the program nor a folder with where it was looked for.
func TestPackFromAFolder(t *testing.T) {
	a, err := openPack(t, tinyPack(t, "tinh"))
	if err != nil {
		t.Fatal(err)
	}
	tree, err := a.Org.Tree(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := tree.ByKey("xa"); !ok || a.Province.Province.Portal.VI != "Dịch vụ công Tí Hon" {
		t.Errorf("%+v", a.Province)
	}
	if _, ok := tree.ByKey("xa-02020"); ok {
		t.Error("the program's own province came along")
	}
	for pack, want := range map[string]string{
		tinyPack(t, "huyen"): "org.json: 1 places are wrong:\n  /units/1/parent: org.pack_parent",
		"no-such-province":   "neither in the program nor as a folder",
		t.TempDir():          "holds no pack.json",
	} {
		if _, err := openPack(t, pack); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", pack, err, want)
		}
	}
}
