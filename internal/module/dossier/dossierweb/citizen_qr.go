package dossierweb

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/boombuler/barcode/qr"

	"lienthong/internal/module/dossier"
)

// lookupURL is the address in the QR code of a receipt; handheld scanners at counters know it too.
func lookupURL(address, code, secret string) string {
	return strings.TrimSuffix(address, "/") + "/tra-cuu?ma=" + url.QueryEscape(code) + "&bm=" + url.QueryEscape(secret)
}

// receiptURL is lookupURL of a dossier.
func (h citizen) receiptURL(d *dossier.Dossier) string {
	return lookupURL(h.Address, d.Code, h.Dossiers.Secret(d.ID, d.SecretGen))
}

// qrSVG draws content as a QR code (ISO/IEC 18004, error correction M) in one svg element: one path
// of runs of dark modules, with the quiet zone of four modules around it.
func qrSVG(content, title string) (string, error) {
	code, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return "", err
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { r, _, _, _ := code.At(x, y).RGBA(); return r < 0x8000 }
	var d strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			if !dark(x, y) {
				continue
			}
			run := 1
			for x+run < size && dark(x+run, y) {
				run++
			}
			d.WriteString("M" + strconv.Itoa(x+4) + " " + strconv.Itoa(y+4) + "h" + strconv.Itoa(run) + "v1h-" + strconv.Itoa(run) + "z")
			x += run
		}
	}
	side := strconv.Itoa(size + 8)
	return `<svg class="qr" width="120" height="120" viewBox="0 0 ` + side + " " + side + `" role="img" aria-label="` + escapeAttr(title) +
		`" shape-rendering="crispEdges"><rect width="` + side + `" height="` + side + `" fill="#fff"/><path d="` + d.String() + `" fill="#000"/></svg>`, nil
}

func escapeAttr(s string) string {
	return strings.NewReplacer("&", "&amp;", `"`, "&#34;", "<", "&lt;", ">", "&gt;").Replace(s)
}
