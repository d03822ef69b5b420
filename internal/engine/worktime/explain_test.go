package worktime

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExplain(t *testing.T) {
	c := newCalendar(t, Config{Days: swaps()}, nil)
	for _, tc := range []struct {
		name   string
		term   Term
		ledger string
		vi, en string
	}{
		{"holiday", Term{3, WorkingDay}, "receive 2026-11-20 10:00",
			"Hồ sơ nhận lúc 10:00 ngày 20/11/2026, thời hạn 3 ngày làm việc; không tính nghỉ hằng tuần, nghỉ lễ Ngày Văn hóa Việt Nam 24/11/2026; hẹn trả kết quả chậm nhất 17:00 thứ Năm, ngày 26/11/2026.",
			"Received at 10:00 on 20/11/2026, term: 3 working days; not counting weekly rest, Vietnamese Culture Day (public holiday) 24/11/2026; the result is due by 17:00 on Thursday 26/11/2026."},
		{"cut-off", Term{1, SameDay}, "receive 2026-11-20 15:30",
			"Hồ sơ nhận lúc 15:30 ngày 20/11/2026, thời hạn trong ngày làm việc; nhận sau giờ chốt nên tính sang ngày làm việc kế tiếp; không tính nghỉ hằng tuần; hẹn trả kết quả chậm nhất 17:00 thứ Hai, ngày 23/11/2026.",
			"Received at 15:30 on 20/11/2026, term: the same working day; after the day's cut-off, so counted from the next working day; not counting weekly rest; the result is due by 17:00 on Monday 23/11/2026."},
		{"paused", Term{10, WorkingDay}, "receive 2026-08-20 10:00; pause payment 2026-08-24 10:00",
			"Thời hạn đang tạm dừng: chờ thực hiện nghĩa vụ tài chính; đã tính 2 ngày 2 giờ 30 phút làm việc trong tổng số 10 ngày làm việc, ngày hẹn trả sẽ được tính lại khi thời hạn chạy tiếp.",
			"The clock is paused: waiting for a financial duty to be met; 2 working days 2 hours 30 minutes of 10 working days have been used, and the due date will be set when it runs again."},
		{"late", Term{3, WorkingDay}, "receive 2026-12-07 10:00; stop 2026-12-11 09:30",
			"Kết thúc lúc 09:30 ngày 11/12/2026, quá hạn 2 giờ làm việc; hạn trả kết quả là 17:00 thứ Năm, ngày 10/12/2026.",
			"Finished at 09:30 on 11/12/2026, 2 working hours late; the result was due by 17:00 on Thursday 10/12/2026."},
		{"moved end", Term{10, CalendarDay}, "receive 2026-08-19 10:00",
			"Hồ sơ nhận lúc 10:00 ngày 19/08/2026, thời hạn 10 ngày; ngày cuối là ngày nghỉ nên chuyển sang ngày làm việc tiếp theo; hẹn trả kết quả chậm nhất 17:00 thứ Năm, ngày 03/09/2026.",
			"Received at 10:00 on 19/08/2026, term: 10 days; the last day is a day off, so it ends on the next working day; the result is due by 17:00 on Thursday 03/09/2026."},
	} {
		got, err := Compute(c, tc.term, DefaultRules(), ledger(tc.ledger))
		if err != nil {
			t.Fatal(err)
		}
		if short, _ := Explain(got, "vi"); short != tc.vi {
			t.Errorf("%s: %s", tc.name, cmp.Diff(tc.vi, short))
		}
		if short, _ := Explain(got, "en"); short != tc.en {
			t.Errorf("%s: %s", tc.name, cmp.Diff(tc.en, short))
		}
	}
	short, lines := Explain(Result{State: NotStarted, Term: Term{3, WorkingDay}}, "vi")
	if short != "Hồ sơ chưa được tiếp nhận nên thời hạn 3 ngày làm việc chưa bắt đầu tính." || lines != nil {
		t.Errorf("not started: %q %q", short, lines)
	}
}

func TestFullAccount(t *testing.T) {
	c := newCalendar(t, Config{Days: swaps()}, nil)
	l := ledger("receive 2026-08-22 18:00; pause payment 2026-08-25 10:00; pause supplement 2026-08-25 11:00; resume payment 2026-08-26 14:00; resume supplement 2026-08-27 14:00; extend 2026-09-03 08:00; stop 2026-09-14 10:00")
	got, err := Compute(c, Term{5, WorkingDay}, DefaultRules(), withTerm(l, 5, Term{2, WorkingDay}))
	if err != nil {
		t.Fatal(err)
	}
	_, lines := Explain(got, "vi")
	want := []string{
		"Tiếp nhận hồ sơ lúc 18:00 ngày 22/08/2026, thời hạn 5 ngày làm việc.",
		"Đến ngoài giờ làm việc, tính là nhận lúc 07:30 ngày 24/08/2026.",
		"Ngày tiếp nhận 24/08/2026 (thứ Hai) không tính vào thời hạn (Bộ luật Dân sự 2015, Điều 147).",
		"Thời hạn chạy từ 07:30 ngày 25/08/2026.",
		"25/08/2026 (thứ Ba): tính 2 giờ 30 phút làm việc.",
		"Tạm dừng lúc 10:00 ngày 25/08/2026: chờ thực hiện nghĩa vụ tài chính.",
		"Thêm lý do tạm dừng lúc 11:00 ngày 25/08/2026: chờ bổ sung, hoàn thiện hồ sơ.",
		"Lúc 14:00 ngày 26/08/2026 hết: chờ thực hiện nghĩa vụ tài chính; còn lý do khác nên vẫn tạm dừng.",
		"Tiếp tục lúc 14:00 ngày 27/08/2026; không tính 2 ngày 2 giờ 30 phút làm việc kể từ 25/08/2026.",
		"từ 27/08/2026 đến 28/08/2026: tính 1 ngày 3 giờ làm việc.",
		"từ 29/08/2026 đến 30/08/2026: không tính, nghỉ hằng tuần.",
		"31/08/2026 (thứ Hai): không tính, nghỉ hoán đổi với ngày làm bù 22/08/2026.",
		"từ 01/09/2026 đến 02/09/2026: không tính, nghỉ lễ Quốc khánh (Bộ luật Lao động 2019, Điều 112).",
		"03/09/2026 (thứ Năm): tính 30 phút làm việc.",
		"Gia hạn thêm 2 ngày làm việc lúc 08:00 ngày 03/09/2026, đến 10/09/2026.",
		"từ 03/09/2026 đến 04/09/2026: tính 1 ngày 7 giờ 30 phút làm việc.",
		"từ 05/09/2026 đến 06/09/2026: không tính, nghỉ hằng tuần.",
		"từ 07/09/2026 đến 10/09/2026: tính 3 ngày 2 giờ 30 phút làm việc.",
		"Hạn trả kết quả: 10:00 thứ Năm, ngày 10/09/2026.",
		"Kết thúc lúc 10:00 ngày 14/09/2026, quá hạn 2 ngày làm việc.",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	// Every kind of step has words in both languages.
	for _, s := range got.Steps {
		for _, lang := range []string{"vi", "en"} {
			if _, l := Explain(Result{Steps: []Step{s}}, lang); l[0] == string(s.Kind) {
				t.Errorf("%s has no words in %s", s.Kind, lang)
			}
		}
	}
}

// TestReasonsForDays tells each kind of day apart.
func TestReasonsForDays(t *testing.T) {
	for _, tc := range []struct {
		step   Step
		vi, en string
	}{
		{Step{Kind: StepSkipped, Day: Weekend}, "nghỉ hằng tuần", "weekly rest"},
		{Step{Kind: StepSkipped, Day: Closed, Name: "bão số 3"}, "nghỉ theo quyết định bão số 3", "closed by decision bão số 3"},
		{Step{Kind: StepSkipped, Day: CompensatoryOff, Name: "Quốc khánh 02/09/2028", NameEN: "National Day 02/09/2028"}, "nghỉ bù Quốc khánh 02/09/2028", "day off in lieu of National Day 02/09/2028"},
		{Step{Kind: StepSkipped, Day: CompensatoryOff, Name: "Tết", Swap: day("2026-01-10")}, "nghỉ hoán đổi với ngày làm bù 10/01/2026 (Tết)", "day off exchanged for work on 10/01/2026 (Tết)"},
		{Step{Kind: StepCounted, Day: MakeupWorkday, Swap: day("2026-01-02")}, "làm bù cho ngày 02/01/2026", "worked in place of 02/01/2026"},
		{Step{Kind: StepCounted, Day: HalfDay}, "làm việc nửa ngày", "half working day"},
	} {
		for lang, want := range map[string]string{"vi": tc.vi, "en": tc.en} {
			if _, l := Explain(Result{Steps: []Step{tc.step}}, lang); !strings.Contains(l[0], want) {
				t.Errorf("%q does not say %q", l[0], want)
			}
		}
	}
}
