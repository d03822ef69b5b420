package worktime

import (
	"fmt"
	"strings"
	"time"

	"lienthong/internal/kit/civil"
)

// Explain says a result in words, in Vietnamese or, for lang "en", in English: short is one sentence
// for the citizen, lines the full account for an auditor, one line for each step in order. Dates read
// dd/mm/yyyy, times hh:mm, in Vietnam.
func Explain(r Result, lang string) (short string, lines []string) {
	w := words{r: &r, en: lang == "en", lang: lang}
	for i := range r.Steps {
		lines = append(lines, w.line(&r.Steps[i]))
	}
	return w.sentence(), lines
}

type words struct {
	r    *Result
	en   bool
	lang string
}

// pick returns the text of the language.
func (w *words) pick(vi, en string) string {
	if w.en {
		return en
	}
	return vi
}

func (w *words) weekday(d civil.Date) string {
	if w.en {
		return d.Weekday().String()
	}
	return [7]string{"Chủ nhật", "thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy"}[d.Weekday()]
}

// at says an instant; the end of a day is 24:00 of it.
func (w *words) at(t time.Time) string {
	m := minuteOf(t)
	d := civil.Date(floorDiv(m, minutesPerDay))
	return clock(int(m-minute(d)*minutesPerDay)) + w.pick(" ngày ", " on ") + d.VN()
}

// dueAt is at with the weekday, for the one date that matters most.
func (w *words) dueAt(t time.Time) string {
	m := minuteOf(t)
	d := civil.Date(floorDiv(m, minutesPerDay))
	c := int(m - minute(d)*minutesPerDay)
	if c == 0 {
		d, c = d-1, minutesPerDay
	}
	return fmt.Sprintf(w.pick("%s %s, ngày %s", "%s on %s %s"), clock(c), w.weekday(d), d.VN())
}

func (w *words) days(s *Step) string {
	if s.Date == s.To {
		return fmt.Sprintf("%s (%s)", s.Date.VN(), w.weekday(s.Date))
	}
	return fmt.Sprintf(w.pick("từ %s đến %s", "%s to %s"), s.Date.VN(), s.To.VN())
}

// why says why a day is off, or special.
func (w *words) why(s *Step) string {
	name := s.Name
	if w.en && s.NameEN != "" {
		name = s.NameEN
	}
	join := func(text string) string {
		if name != "" {
			return text + " " + name
		}
		return text
	}
	switch s.Day {
	case Weekend:
		return w.pick("nghỉ hằng tuần", "weekly rest")
	case Holiday:
		if w.en && name != "" {
			return name + " (public holiday)"
		}
		return join(w.pick("nghỉ lễ", "public holiday"))
	case CompensatoryOff:
		switch {
		case s.Swap != nil:
			text := w.pick("nghỉ hoán đổi với ngày làm bù ", "day off exchanged for work on ") + s.Swap.VN()
			if name != "" {
				text += " (" + name + ")"
			}
			return text
		case w.en && name != "":
			return "day off in lieu of " + name
		}
		return join(w.pick("nghỉ bù", "day off in lieu"))
	case MakeupWorkday:
		if s.Swap != nil {
			return w.pick("làm bù cho ngày ", "worked in place of ") + s.Swap.VN()
		}
		return w.pick("ngày làm bù", "make-up working day")
	case HalfDay:
		return join(w.pick("làm việc nửa ngày", "half working day"))
	case Closed:
		return join(w.pick("nghỉ theo quyết định", "closed by decision"))
	case Open:
		return join(w.pick("làm việc theo quyết định", "open by decision"))
	}
	return ""
}

func (w *words) reason(key string) string {
	switch key = plainReason(key); key {
	case Supplement:
		return w.pick("chờ bổ sung, hoàn thiện hồ sơ", "waiting for papers to be supplied")
	case Payment:
		return w.pick("chờ thực hiện nghĩa vụ tài chính", "waiting for a financial duty to be met")
	case OtherAgency:
		return w.pick("chờ ý kiến cơ quan khác", "waiting for another agency")
	case Held:
		return w.pick("cơ quan giải quyết tạm dừng", "stopped by the office")
	case "":
		return ""
	}
	return w.pick("lý do: "+key, "reason: "+key)
}

// tail appends ": text" when there is a text.
func tail(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func source(s *Step) string {
	if s.Source == "" {
		return ""
	}
	return " (" + s.Source + ")"
}

// amount says what a step counted: office time, or days of the calendar.
func (w *words) amount(s *Step) string {
	if s.Minutes > 0 || s.Days == 0 {
		return amount(s.Minutes, w.r.DayMinutes, w.lang)
	}
	return w.calendarDays(s.Days)
}

func (w *words) calendarDays(n int) string { return Term{n, CalendarDay}.Text(w.lang) }

// line says one step.
func (w *words) line(s *Step) string {
	term := ""
	if s.Term != nil {
		term = s.Term.Text(w.lang)
	}
	switch s.Kind {
	case StepReceived:
		return fmt.Sprintf(w.pick("Tiếp nhận hồ sơ lúc %s, thời hạn %s.", "Received at %s, term: %s."), w.at(s.At), term)
	case StepRestarted:
		return fmt.Sprintf(w.pick("Thời hạn %[2]s tính lại từ đầu, từ %[1]s.", "The term of %[2]s begins anew at %[1]s."), w.at(s.At), term)
	case StepMoved:
		return fmt.Sprintf(w.pick("Đến ngoài giờ làm việc, tính là nhận lúc %s.", "Arrived outside office hours, counts as received at %s."), w.at(s.At))
	case StepCutoff:
		return fmt.Sprintf(w.pick("Nhận sau giờ chốt trong ngày, tính từ %s.", "Received after the day's cut-off, counted from %s."), w.at(s.At))
	case StepReceiptDay:
		return fmt.Sprintf(w.pick("Ngày tiếp nhận %s không tính vào thời hạn%s.", "The day of receipt, %s, is not counted%s."), w.days(s), source(s))
	case StepStarted:
		return fmt.Sprintf(w.pick("Thời hạn chạy từ %s.", "The clock runs from %s."), w.at(s.At))
	case StepCounted:
		why := w.why(s)
		if why != "" {
			why = "; " + why + source(s)
		}
		return fmt.Sprintf(w.pick("%s: tính %s%s.", "%s: %s counted%s."), w.days(s), w.amount(s), why)
	case StepSkipped:
		return fmt.Sprintf(w.pick("%s: không tính, %s%s.", "%s: not counted, %s%s."), w.days(s), w.why(s), source(s))
	case StepPaused:
		return fmt.Sprintf(w.pick("Tạm dừng lúc %s%s.", "Paused at %s%s."), w.at(s.At), tail(w.reason(s.Reason)))
	case StepPausedAlso:
		return fmt.Sprintf(w.pick("Thêm lý do tạm dừng lúc %s%s.", "Further reason to pause at %s%s."), w.at(s.At), tail(w.reason(s.Reason)))
	case StepPauseIgnored:
		return fmt.Sprintf(w.pick("Lúc %s%s; thời hạn vẫn chạy.", "At %s%s; the clock runs on."), w.at(s.At), tail(w.reason(s.Reason)))
	case StepStillPaused:
		return fmt.Sprintf(w.pick("Lúc %s hết%s; còn lý do khác nên vẫn tạm dừng.", "At %s over%s; still paused for another reason."), w.at(s.At), tail(w.reason(s.Reason)))
	case StepResumed:
		return fmt.Sprintf(w.pick("Tiếp tục lúc %s; không tính %s kể từ %s.", "Resumed at %s; %s not counted since %s."), w.at(s.At), w.amount(s), s.Date.VN())
	case StepExtended:
		late := ""
		if s.Late {
			late = w.pick(" (gia hạn muộn so với quy định)", " (later than the rules allow)")
		}
		return fmt.Sprintf(w.pick("Gia hạn thêm %s lúc %s, đến %s%s.", "Extended by %s at %s, to %s%s."), term, w.at(s.At), s.To.VN(), late)
	case StepEndMoved:
		return fmt.Sprintf(w.pick("Ngày cuối %s là ngày nghỉ (%s), kết thúc vào ngày làm việc tiếp theo %s%s.", "The last day, %s, is a day off (%s); the term ends on the next working day, %s%s."),
			s.Date.VN(), w.why(s), s.To.VN(), source(s))
	case StepDue:
		return fmt.Sprintf(w.pick("Hạn trả kết quả: %s.", "Due by %s."), w.dueAt(s.At))
	case StepStopped:
		return w.stopped(s)
	}
	return string(s.Kind)
}

func (w *words) stopped(s *Step) string {
	early := ""
	switch {
	case s.Late && s.Minutes == 0:
		early = w.pick(", sau hạn", ", after the deadline")
	case s.Late:
		early = fmt.Sprintf(w.pick(", quá hạn %s", ", %s late"), amount(s.Minutes, w.r.DayMinutes, w.lang))
	case s.Minutes > 0:
		early = fmt.Sprintf(w.pick(", trước hạn %s", ", %s early"), amount(s.Minutes, w.r.DayMinutes, w.lang))
	case !w.r.Due.IsZero():
		early = w.pick(", đúng hạn", ", in time")
	}
	return fmt.Sprintf(w.pick("Kết thúc lúc %s%s%s.", "Finished at %s%s%s."), w.at(s.At), early, tail(w.reason(s.Reason)))
}

// sentence is the citizen's one.
func (w *words) sentence() string {
	r := w.r
	term := r.Term.Text(w.lang)
	switch r.State {
	case NotStarted:
		return w.pick("Hồ sơ chưa được tiếp nhận nên thời hạn ", "Not received yet, so the term (") + term + w.pick(" chưa bắt đầu tính.", ") has not begun.")
	case Paused:
		if !r.Due.IsZero() {
			return fmt.Sprintf(w.pick("Hồ sơ đã quá hạn trả kết quả (%s) và đang tạm dừng%s.", "The result was due by %s; processing is paused%s."), w.dueAt(r.Due), w.waiting())
		}
		return fmt.Sprintf(w.pick("Thời hạn đang tạm dừng%s; đã tính %s trong tổng số %s, ngày hẹn trả sẽ được tính lại khi thời hạn chạy tiếp.",
			"The clock is paused%s; %s of %s have been used, and the due date will be set when it runs again."), w.waiting(), w.measure(r.Used), w.measure(r.Budget))
	case Stopped:
		for i := len(r.Steps) - 1; i >= 0; i-- {
			if s := &r.Steps[i]; s.Kind == StepStopped {
				text := strings.TrimSuffix(w.stopped(s), ".")
				if r.Due.IsZero() {
					return text + "."
				}
				return text + fmt.Sprintf(w.pick("; hạn trả kết quả là %s.", "; the result was due by %s."), w.dueAt(r.Due))
			}
		}
	}
	arrived := r.Received
	for i := range r.Steps {
		if s := &r.Steps[i]; s.Kind == StepReceived || s.Kind == StepRestarted {
			arrived = s.At
		}
	}
	text := fmt.Sprintf(w.pick("Hồ sơ nhận lúc %s, thời hạn %s", "Received at %s, term: %s"), w.at(arrived), term)
	for _, part := range w.notable() {
		text += "; " + part
	}
	return text + fmt.Sprintf(w.pick("; hẹn trả kết quả chậm nhất %s.", "; the result is due by %s."), w.dueAt(r.Due))
}

// measure says a budget in the unit it is counted in.
func (w *words) measure(n int) string {
	if w.r.Term.Unit.office() {
		return amount(n, w.r.DayMinutes, w.lang)
	}
	return w.calendarDays(n)
}

func (w *words) waiting() string {
	var out []string
	for _, key := range w.r.Waiting {
		if t := w.reason(key); t != "" {
			out = append(out, t)
		}
	}
	return tail(strings.Join(out, ", "))
}

// notable lists what moved the due date, for the citizen.
func (w *words) notable() []string {
	var out, off []string
	weekend, pauses := false, 0
	seen := map[string]bool{}
	from := 0
	for i := range w.r.Steps {
		if k := w.r.Steps[i].Kind; k == StepReceived || k == StepRestarted {
			from = i
		}
	}
	for i := from; i < len(w.r.Steps); i++ {
		s := &w.r.Steps[i]
		switch s.Kind {
		case StepRestarted:
			out = append(out, w.pick("tính lại từ đầu", "begun anew"))
		case StepDue:
			i = len(w.r.Steps) // what came after the end did not move it
		case StepMoved:
			out = append(out, w.pick("đến ngoài giờ làm việc nên tính là nhận lúc ", "outside office hours, so counted as received at ")+w.at(s.At))
		case StepCutoff:
			out = append(out, w.pick("nhận sau giờ chốt nên tính sang ngày làm việc kế tiếp", "after the day's cut-off, so counted from the next working day"))
		case StepSkipped:
			if s.Day == Weekend {
				weekend = true
				continue
			}
			text := w.why(s)
			text += " " + s.Date.VN()
			if s.To != s.Date {
				text += "–" + s.To.VN()
			}
			if !seen[text] && len(off) < 5 {
				seen[text] = true
				off = append(off, text)
			}
		case StepResumed:
			pauses++
		case StepExtended:
			out = append(out, w.pick("đã gia hạn thêm ", "extended by ")+s.Term.Text(w.lang))
		case StepEndMoved:
			out = append(out, w.pick("ngày cuối là ngày nghỉ nên chuyển sang ngày làm việc tiếp theo", "the last day is a day off, so it ends on the next working day"))
		}
	}
	if weekend {
		off = append([]string{w.pick("nghỉ hằng tuần", "weekly rest")}, off...)
	}
	if len(off) > 0 {
		out = append(out, w.pick("không tính ", "not counting ")+strings.Join(off, ", "))
	}
	if pauses > 0 {
		out = append(out, fmt.Sprintf(w.pick("đã tạm dừng %d lần", "paused %d×"), pauses))
	}
	return out
}
