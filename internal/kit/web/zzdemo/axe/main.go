package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	clog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"lienthong/internal/kit/web/gallery"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

func main() {
	axe := must(os.ReadFile("/tmp/kw/axe/package/axe.min.js"))
	actx, c0 := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	defer c0()
	ctx, c1 := chromedp.NewContext(actx)
	defer c1()
	chromedp.Do(ctx, chromedp.Navigate("about:blank"))
	must(chromedp.Call(ctx, clog.Enable, cdp.Empty{}))
	if err := chromedp.Listen(ctx, func(ev any) {
		if e, ok := ev.(clog.EventEntryAdded); ok {
			fmt.Println("LOG", e.Entry.Text, e.Entry.URL)
		} else if s := fmt.Sprintf("%T", ev); strings.Contains(s, "log.") || strings.Contains(s, "Exception") {
			b, _ := json.Marshal(ev)
			fmt.Println(s, string(b))
		}
	}); err != nil {
		log.Fatal(err)
	}
	paths := append(gallery.Paths(), "/en/thu-vien/bieu-mau", "/khong-co")
	if len(os.Args) > 1 {
		paths = os.Args[1:]
	}
	for _, w := range []int64{390, 1366, 320} {
		for _, p := range paths {
			must(chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: w, Height: 800, DeviceScaleFactor: 1, Mobile: w < 500}))
			if err := chromedp.Do(ctx, chromedp.Navigate("http://127.0.0.1:8099"+p), chromedp.Sleep(200*time.Millisecond)); err != nil {
				log.Fatal(err)
			}
			scroll := must(chromedp.Run(ctx, chromedp.Evaluate[bool](`document.documentElement.scrollWidth>innerWidth`)))
			shot := must(chromedp.Run(ctx, chromedp.FullScreenshot(100)))
			must(chromedp.Run(ctx, chromedp.Evaluate[int](string(axe)+";1")))
			out := must(chromedp.Run(ctx, chromedp.Evaluate[string](`axe.run({runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']}).then(r=>JSON.stringify(r.violations.map(v=>({id:v.id,n:v.nodes.slice(0,4).map(n=>n.html.slice(0,160)+' :: '+(n.any[0]||n.all[0]||n.none[0]||{}).message)}))))`, chromedp.EvalAwaitPromise)))
			name := strings.Trim(strings.ReplaceAll(p, "/", "_"), "_")
			if name == "" {
				name = "home"
			}
			os.WriteFile(fmt.Sprintf("/tmp/kw/%s-%d.png", name, w), shot, 0o644)
			var v []map[string]any
			json.Unmarshal([]byte(out), &v)
			fmt.Println(w, p, "violations", len(v), "hscroll", scroll)
			for _, x := range v {
				b, _ := json.MarshalIndent(x, "", " ")
				fmt.Println(string(b))
			}
		}
	}
}
