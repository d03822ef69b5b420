package e2e

import (
	"encoding/json"
	"io"
	"maps"
	"strings"
	"testing"

	"lienthong/internal/kit/rest"
)

// parcel is what the matrix sends with a request, so that the answer is about access and not about a
// missing field.
type parcel struct {
	query, ctype, body string
	headers            []string
}

// packer makes the parcel for one side's things; a route that needs none has no packer.
type packer func(v map[string]string) parcel

// sending packs a JSON body. A text that names one of the things, such as "{code}", stands for it.
func sending(body object) packer {
	return func(v map[string]string) parcel {
		raw, err := json.Marshal(body)
		if err != nil {
			return parcel{body: err.Error()}
		}
		return parcel{ctype: "application/json", body: known(v).Replace(string(raw))}
	}
}

// asking packs a query.
func asking(query string) packer {
	return func(v map[string]string) parcel { return parcel{query: "?" + known(v).Replace(query)} }
}

func known(v map[string]string) *strings.Replacer {
	var pairs []string
	for name, value := range v {
		pairs = append(pairs, "{"+name+"}", value)
	}
	return strings.NewReplacer(pairs...)
}

// stale is a version that nothing has: whoever is let in is told that it changed, and nothing does.
const stale = 999_999

// packers say what is sent along, by method and pattern. Nothing here changes what later requests of
// the same role are about: outcomes and versions are such as nothing has, where the rule comes first.
// Three routes stay with an empty body: whoever guesses at the public look-up is slowed down, and
// that is another test's matter.
func packers(t testing.TB) map[string]packer {
	t.Helper()
	reason := sending(object{"reason": "Thử"})
	out := map[string]packer{
		"POST /accounts":                                                sending(object{"login": "thu.quyen", "person": "{person}"}),
		"POST /accounts/{account}/password":                             sending(object{"version": stale}),
		"POST /accounts/{account}/status":                               sending(object{"version": stale, "status": "active"}),
		"POST /accounts/{account}/identity":                             sending(object{"doc_kind": "cccd", "doc_number": "12", "name": "Thử"}),
		"POST /dossiers/{code}/answer":                                  sending(object{"note": "Thử"}),
		"POST /dossiers/{code}/comments":                                sending(object{"note": "Thử"}),
		"POST /dossiers/{code}/correct":                                 sending(object{"reason": "Thử", "data": object{}}),
		"POST /dossiers/{code}/duty":                                    sending(object{"amount": 15000, "notice": "Thử"}),
		"POST /dossiers/{code}/extend":                                  sending(object{"days": 1, "reason": "Thử"}),
		"POST /dossiers/{code}/hold":                                    reason,
		"POST /dossiers/{code}/payments":                                sending(object{"amount": 1, "method": "cash", "receipt": "Thử"}),
		"POST /dossiers/{code}/rating":                                  sending(object{"score": 1}),
		"POST /drafts":                                                  sending(object{"procedure": birthCode, "agency": "{unit}"}),
		"PATCH /drafts/{draft}":                                         sending(object{"version": stale}),
		"POST /handovers":                                               sending(object{"to": "{unit}", "tasks": []string{"{task}"}}),
		"POST /handovers/{handover}/confirm":                            sending(object{"found": []string{}}),
		"POST /me/identity":                                             sending(object{"doc_kind": "cccd", "doc_number": "12", "name": "Thử"}),
		"POST /me/password":                                             sending(object{"present": "không phải", "password": "không đổi gì"}),
		"POST /me/tokens":                                               sending(object{"name": "Thử", "scopes": []string{"không có"}, "days": 1}),
		"POST /payments/{payment}/cancel":                               reason,
		"POST /people/{person}/tenures":                                 sending(object{"position": "{position}", "from": "2020-01-01", "to": "2019-01-01"}),
		"POST /people/{person}/tenures/{position}/end":                  sending(object{"on": "1990-01-01"}),
		"POST /positions":                                               sending(object{"unit": "{unit}", "title": "Thử", "roles": []string{"không có"}, "from": "2026-12-01"}),
		"POST /positions/{position}/changes":                            sending(object{"title": "Thử", "roles": []string{"receiver"}, "from": "2026-12-01", "version": stale}),
		"POST /positions/{position}/close":                              sending(object{"on": "2026-12-01", "version": stale}),
		"DELETE /procedures/{code}/draft":                               asking("revision=999999"),
		"POST /procedures/{code}/draft/publish":                         sending(object{"revision": stale}),
		"POST /procedure-processes/{key}/draft/propose":                 sending(object{"revision": stale, "reason": "Thử"}),
		"POST /procedure-processes/{key}/draft/return":                  sending(object{"revision": stale, "reason": "Thử"}),
		"POST /procedure-processes/{key}/draft/publish":                 sending(object{"revision": stale}),
		"PUT /report-subscriptions/{subscription}/paused":               sending(object{"paused": true}),
		"POST /search":                                                  sending(object{"query": "không có ai"}),
		"POST /supplements/{supplement}/decide":                         sending(object{"approve": false, "note": "Thử"}),
		"POST /tasks/complete":                                          sending(object{"steps": []object{{"task": "{task}", "outcome": "khong-co"}}}),
		"POST /tasks/{task}/assign":                                     sending(object{"account": "{me}"}),
		"POST /tasks/{task}/complete":                                   sending(object{"outcome": "khong-co"}),
		"POST /tasks/{task}/supplement":                                 sending(object{"reason": "Thử", "items": []object{{"what": "Thử"}}}),
		"POST /tasks/{task}/take-back":                                  reason,
		"POST /units":                                                   sending(object{"parent": "{unit}", "kind": "không có", "name": "Thử", "from": "2026-12-01"}),
		"POST /units/{unit}/changes":                                    sending(object{"name": "Thử", "from": "2026-12-01", "version": stale}),
		"POST /units/{unit}/close":                                      sending(object{"on": "2026-12-01", "version": stale}),
		"POST /units/{unit}/codes":                                      sending(object{"scheme": "qd20", "code": "Thử", "from": "2026-12-01", "version": stale}),
		"PUT /units/{unit}/calendar":                                    sending(object{"config": object{}, "source": "Thử", "version": stale}),
		"PUT /notifications/templates/{kind}/{channel}/{lang}":          sending(object{"body": "Thử", "version": stale}),
		"POST /notifications/templates/{kind}/{channel}/{lang}/reset":   sending(object{"version": stale}),
		"POST /notifications/templates/{kind}/{channel}/{lang}/preview": sending(object{"body": "Thử"}),
		"POST /dossiers/{code}/files/{file}/verdict":                    sending(object{"verdict": "ok"}),
		"POST /uploads":                                                 sending(object{"dossier": "{program's draft}", "name": "thu.pdf", "size": 9}),
	}
	out["POST /files"] = func(v map[string]string) parcel {
		ctype, body := multipartBody(t, nil, map[string]string{"file": pdf})
		raw, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		return parcel{query: "?dossier=" + v["program's draft"], ctype: ctype, body: string(raw)}
	}
	out["PATCH /uploads/{file}"] = func(map[string]string) parcel {
		return parcel{ctype: "application/offset+octet-stream", body: "%PDF", headers: []string{"Upload-Offset", "0"}}
	}
	api := map[string]packer{}
	for at, p := range out {
		method, path, _ := strings.Cut(at, " ")
		api[method+" "+rest.Prefix+path] = p
	}
	// Pages that say "not found" without knowing what they are about.
	maps.Copy(api, map[string]packer{
		"GET /can-bo/thong-ke/ho-so":       asking("loai=received"),
		"GET /quan-tri/tai-khoan/moi":      asking("person={person}"),
		"GET /can-bo/ho-so/{code}/bo-sung": asking("viec={task}"),
		"GET /can-bo/ho-so/{code}/giao":    asking("viec={task}"),
		"GET /can-bo/ho-so/{code}/buoc":    asking("viec={task}&chon=pass"),
	})
	return api
}
