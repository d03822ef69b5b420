// Package worktime counts time as Vietnamese administrative law does: office hours, public holidays,
// terms in working days that stop and run on, and due dates that explain themselves.
//
// It is pure: a [Calendar] is made of data, a due date of a calendar, a [Term], [Rules] and a ledger of
// [Entry] values, and nothing here knows the present time. All counting is in whole minutes of
// Vietnamese time (UTC+7); seconds are cut off, so 15:00:40 is still 15:00.
//
// # The calendar
//
// What kind of day a date is, is decided by the first of these that says something:
//
//  1. a dated [Day] of the agency's own [Config] (yearly notice, swapped day, half day, storm),
//  2. what its superior's calendar says, and so on upwards,
//  3. the public holidays by [HolidayRule] and the days off that make up for those on weekly rest
//     (Labour Code 2019 art. 111.3 and 112),
//  4. the [Week] in force: the latest [DatedWeek], the calendar's own week, the parent's.
//
// Lunar holidays are computed for 1900 to 2199 (see [FromLunar]). Before 2014 no holidays are known by
// rule: the laws of that time granted other days, and no dossier counted here is older.
//
// # Counting a term
//
// A term is a budget; the ledger spends it. The due date is the first minute by which the budget has
// run out, so it follows from the ledger and is never stored as truth.
//
//   - working_hour: runs from the moment of receipt (Civil Code 2015 art. 147.1), through office hours
//     only.
//   - working_day: the day of receipt is not counted (art. 147.2 and 147.3). The count begins when the
//     office opens on the next working day and ends when it closes on the last. The budget is the
//     office minutes between the two. A half day is half a working day; a day of other length (summer
//     hours) is still one.
//   - day, week, month: days of the calendar; the day of receipt is not counted, a month ends on the
//     same day of the month or the last one (art. 148.1 to 148.3), an end on a day off moves to the
//     next working day (art. 148.5). The office closes, and the term with it, before the 24:00 of
//     art. 148.6; [Rules].EndAtClose decides.
//   - same_day: until close of office on the day of receipt, or on the next working day when received
//     after 15:00.
//
// A dossier that arrives outside office hours counts as received when the office opens next; sent on a
// Saturday, its day of receipt is Monday and Tuesday is the first day counted.
//
// # Pauses, restarts, extensions
//
// Office terms lose exactly the office minutes of a pause, no more and no less: a pause from 10:00 to
// 14:00 in the default week moves an end at 17:00 Thursday to 10:00 on Friday (1½ hours before lunch,
// one after). Terms in days move by the number of midnights in the pause. A pause of no length changes
// nothing, none makes a term end earlier, and one that begins after the term has ended does not heal
// it. Pauses may overlap, one per reason: the clock runs again when the last has gone.
//
// A reason in Rules.RestartReasons begins the term anew on its end, the day of it then being the day of
// receipt. An extension is counted from the end as it stands when it is made.
//
// # Examples
//
// Default week and rules, national holidays, in 2026:
//
//	3 working days, received Fri 20/11 10:00   Mon 23 counts, Tue 24 is a holiday, Wed 25 and
//	                                           Thu 26 count: due Thu 26/11 17:00
//	the same, paused Mon 23 10:00 to           2½ h used on Monday; from Wed 14:00 3 h, Thu 8 h,
//	Wed 25 14:00                               Fri 8 h, Mon 2½ h: due Mon 30/11 10:00
//	4 working hours, received Fri 20/11 15:00  2 h on Friday, 2 h on Monday: due Mon 23/11 09:30
//	same day, received Fri 20/11 15:00         due Fri 20/11 17:00; at 15:01: Mon 23/11 17:00
//	10 days, received Wed 19/08                29/08 is a Saturday, so Mon 31/08 17:00 (or, where
//	                                           31/08 is swapped off, Thu 03/09)
//
// # Faults
//
// Errors are kit/fault values of kind Invalid, TooLarge or NotFound with keys that begin "worktime.".
package worktime
