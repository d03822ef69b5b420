package procedureapi_test

import (
	"net/http"
	"testing"
	"time"
)

// TestTrialAPI does what the pages do: leads one dossier on, and sends many through.
func TestTrialAPI(t *testing.T) {
	a := newAPI(t)
	type M = map[string]any
	path := "/procedure-processes/co-nghia-vu-tai-chinh"
	if code, _ := a.call("", http.MethodPost, path+"/walk", M{"submitted": "2026-11-25T09:00:00+07:00"}, nil); code != 401 {
		t.Errorf("nobody gets %d", code)
	}
	if code, _ := a.call("admin", http.MethodPost, "/procedure-processes/khong-co/walk", M{"submitted": "2026-11-25T09:00:00+07:00"}, nil); code != 404 {
		t.Errorf("an unknown process is %d", code)
	}
	var play struct {
		Walk    string
		Status  int
		Due     time.Time
		Left    string
		Events  []M
		Waiting []struct {
			Token   int
			Node    string
			Options []M
		}
		Explanation string
		Refused     *struct{ Code string }
	}
	body := M{"agency": "xa-02020", "term": M{"n": 5, "unit": "working_day"}, "submitted": "2026-11-25T09:00:00+07:00"}
	if code, text := a.call("commune", http.MethodPost, path+"/walk", body, &play); code != 200 || len(play.Waiting) != 1 || len(play.Waiting[0].Options) != 3 {
		t.Fatal(code, text)
	}
	body["choices"] = []M{{"act": "complete", "token": play.Waiting[0].Token, "arg": "accept", "at": "2026-11-25T10:00:00+07:00"},
		{"act": "complete", "token": 99, "arg": "accept", "at": "2026-11-25T11:00:00+07:00"}}
	code, text := a.call("admin", http.MethodPost, path+"/walk", body, &play)
	if code != 200 || play.Status != 2 || !play.Due.Equal(time.Date(2026, 12, 2, 10, 0, 0, 0, time.UTC)) || play.Explanation == "" ||
		play.Refused == nil || play.Refused.Code != "simulate.gone" || len(play.Events) != 2 {
		t.Errorf("%d %s", code, text)
	}
	if code, text := a.call("admin", http.MethodPost, path+"/walk", M{"agency": "x", "submitted": "2026-11-25T09:00:00+07:00"}, nil); code != 422 {
		t.Error(code, text)
	}

	var res struct {
		Dossiers, Out, Open, Blocked int
		Worst                        string
		Lanes                        []M
	}
	code, text = a.call("admin", http.MethodPost, path+"/simulation", M{"dossiers": 500, "seed": 7, "staff": M{"specialist": 1}, "tasks": M{"examine": M{"minutes": 400}}}, &res)
	if code != 200 || res.Dossiers != 500 || res.Out+res.Open+res.Blocked != 500 || res.Worst != "examine" || len(res.Lanes) != 5 {
		t.Errorf("%d %s", code, text)
	}
	if code, text = a.call("admin", http.MethodPost, "/procedures/"+birth+"/versions/1/simulation", M{}, &res); code != 200 || res.Dossiers != 1000 {
		t.Error(code, text)
	}
	if code, text = a.call("admin", http.MethodPost, path+"/simulation", M{"staff": M{"specialist": -1}}, nil); code != 422 {
		t.Error(code, text)
	}
}
