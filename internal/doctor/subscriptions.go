package doctor

import (
	"bytes"
	"regexp"
)

var (
	dateUTC          = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`)
	dateMilliseconds = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	dateOffset       = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:?\d\d$`)
)

// readSubscriptions examines the list of event subscriptions and records the behaviour that it shows.
func (e *examination) readSubscriptions() {
	const (
		old    = "readings.subscriptions.old_list_items"
		offset = "readings.subscriptions.latest_succeed_offset"
		none   = "readings.subscriptions.no_configurations"
		dates  = "readings.subscriptions.dates"
	)

	if !e.works["subscriptions"] {
		e.unseen("The event subscriptions cannot be read", old, offset, none, dates)

		return
	}

	listed := e.firstPage("subscriptions", "/subscriptions").body().objects("content")
	if len(listed) == 0 {
		e.unseen("The credentials cannot see any event subscriptions", old, offset, none, dates)

		return
	}

	isOld := true
	for _, item := range listed {
		isOld = isOld && !item.has("callbackInfo") && !item.has("creationDate")
	}

	e.settle(old, isOld, "a list of %s", counted(len(listed), "subscriptions"))

	for _, item := range listed {
		switch configurations := bytes.ReplaceAll(item["configurations"], []byte(" "), nil); {
		case !item.has("configurations"):
			e.settle(none, "absent", "a list of %s", counted(len(listed), "subscriptions"))
		case item.isNull("configurations"):
			e.settle(none, "null", "a list of %s", counted(len(listed), "subscriptions"))
		case bytes.Equal(configurations, []byte("[]")):
			e.settle(none, "empty", "a list of %s", counted(len(listed), "subscriptions"))
		}

		for _, name := range []string{"latestSucceedOffset", "lastSuccessEventOffset"} {
			if item.has(name) {
				e.settle(offset, name == "latestSucceedOffset", "a list of %s", counted(len(listed), "subscriptions"))
			}
		}

		for _, name := range []string{"creationDate", "latestSucceedEvent"} {
			switch date := item.text(name); {
			case dateUTC.MatchString(date):
				e.settle(dates, "utc", "%s", name)
			case dateMilliseconds.MatchString(date):
				e.settle(dates, "milliseconds", "%s", name)
			case dateOffset.MatchString(date):
				e.settle(dates, "offset", "%s", name)
			}
		}
	}

	e.unseen("No subscription reports the offset of a delivered event", offset)
	e.unseen("All subscriptions have configurations", none)
	e.unseen("No time is in a known format", dates)
}
