package procedure

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"lienthong/internal/engine/worktime"
)

func dong(n int64) *int64 { return &n }

func TestFee(t *testing.T) {
	const verbatim = "2.000 đồng/trang; từ trang thứ 3 thu 1.000 đồng/trang. Miễn cho hộ nghèo."
	tests := []struct {
		name    string
		fees    []Fee
		status  Status
		copies  int
		amount  int64
		known   bool
		choice  bool
		counted []bool
	}{
		{"nothing is asked", nil, Memory, 1, 0, true, false, nil},
		{"nothing is known", nil, Unknown, 1, 0, false, false, nil},
		{"per copy", []Fee{{Kind: FeePhi, Amount: dong(8000), Unit: "bản", Text: verbatim}}, Memory, 3, 24000, true, false, []bool{true}},
		{"per page", []Fee{{Kind: FeePhi, Amount: dong(2000), Unit: "trang"}}, Memory, 2, 4000, true, false, []bool{true}},
		{"per case is taken once", []Fee{{Kind: FeeLePhi, Amount: dong(50000), Unit: "trường hợp"}}, Memory, 3, 50000, true, false, []bool{true}},
		{"two kinds add up", []Fee{{Kind: FeePhi, Amount: dong(100)}, {Kind: FeeLePhi, Amount: dong(20)}}, Memory, 1, 120, true, false, []bool{true, true}},
		{"two rates of one kind are a choice", []Fee{{Kind: FeePhi, Amount: dong(200000)}, {Kind: FeePhi, Amount: dong(100000)}}, Memory, 1, 200000, true, true, []bool{true, false}},
		{"a rate without amount", []Fee{{Kind: FeeLePhi, Status: Unknown, Source: "?"}}, Memory, 1, 0, false, false, []bool{true}},
		{"copies are bounded", []Fee{{Kind: FeePhi, Amount: dong(1), Unit: "bản"}}, Memory, 1 << 40, maxCopies, true, false, []bool{true}},
		{"at least one copy", []Fee{{Kind: FeePhi, Amount: dong(7), Unit: "bản"}}, Memory, -4, 7, true, false, []bool{true}},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			r := Record{Methods: Sourced[[]Method]{Value: []Method{{Channel: ChannelCounter, Fees: tc.fees}}, Status: tc.status}}
			q := r.Fee(ChannelOnline, tc.copies) // not named: costs what the counter costs
			if q.Amount != tc.amount || q.Known != tc.known || q.Choice != tc.choice {
				t.Errorf("amount %d known %v choice %v, want %d %v %v", q.Amount, q.Known, q.Choice, tc.amount, tc.known, tc.choice)
			}
			var counted []bool
			for _, l := range q.Lines {
				counted = append(counted, l.Counted)
			}
			if d := cmp.Diff(tc.counted, counted); d != "" {
				t.Error(d)
			}
			if len(tc.fees) > 0 && q.Text != tc.fees[0].Text {
				t.Errorf("text %q is not the wording of the rule", q.Text)
			}
		})
	}
}

func TestTermAndUnverified(t *testing.T) {
	three := &worktime.Term{N: 3, Unit: worktime.WorkingDay}
	r := Record{
		Methods: Sourced[[]Method]{Status: Verified, Value: []Method{
			{Channel: ChannelCounter, Term: three, Fees: []Fee{{Kind: FeePhi, Amount: dong(1), Status: Memory}}},
			{Channel: ChannelPost}}},
		Legal: Sourced[[]Legal]{Status: Memory},
	}
	if d := cmp.Diff([]string{AboutFee, AboutLegal}, r.Unverified()); d != "" {
		t.Error(d)
	}
	for _, channel := range []int{ChannelCounter, ChannelOnline, ChannelPost} {
		if term, ok := r.Term(channel); !ok || term != *three {
			t.Errorf("channel %d: %v %v", channel, term, ok)
		}
	}
	if _, ok := (Record{}).Term(ChannelCounter); ok {
		t.Error("a record without methods has a term")
	}
	if d := cmp.Diff([]string{AboutFee, AboutTerm, AboutLegal}, (Record{}).Unverified()); d != "" {
		t.Error(d)
	}
}

func TestWorkMinutes(t *testing.T) {
	for _, tc := range []struct {
		term worktime.Term
		want int
	}{
		{worktime.Term{N: 1, Unit: worktime.SameDay}, 480},
		{worktime.Term{N: 8, Unit: worktime.WorkingHour}, 480},
		{worktime.Term{N: 3, Unit: worktime.WorkingDay}, 1440},
		{worktime.Term{N: 30, Unit: worktime.CalendarDay}, 21 * 480},
		{worktime.Term{N: 1, Unit: worktime.CalendarDay}, 480},
		{worktime.Term{N: 2, Unit: worktime.CalendarWeek}, 10 * 480},
		{worktime.Term{N: 1, Unit: worktime.CalendarMonth}, 20 * 480},
	} {
		if got := workMinutes(tc.term); got != tc.want {
			t.Errorf("%v: %d minutes, want %d", tc.term, got, tc.want)
		}
	}
}
