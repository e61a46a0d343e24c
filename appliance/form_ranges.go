package appliance

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ValueCount counts the answers that are one value, or within one range of values.
type ValueCount struct {
	Label string
	Count int
}

// maxRanges is how many ranges numbers and dates are counted in.
const maxRanges = 8

// CountNumbers counts the answers to a question for a number: each number by itself where there are few different whole
// ones, else in ranges of one width, from the smallest on, with those between that are empty. What is no number is left out.
func CountNumbers(answers []string) []ValueCount {
	var numbers []float64
	whole := true
	for _, a := range answers {
		if n, ok := ParseNumber(a); ok {
			numbers = append(numbers, n)
			whole = whole && n == math.Trunc(n)
		}
	}
	slices.Sort(numbers)
	distinct := slices.Compact(slices.Clone(numbers))
	if whole && len(distinct) <= maxRanges {
		list := make([]ValueCount, len(distinct))
		for i, n := range distinct {
			list[i] = ValueCount{number(n), 0}
		}
		for _, n := range numbers {
			i, _ := slices.BinarySearch(distinct, n)
			list[i].Count++
		}
		return list
	}
	if len(distinct) == 0 {
		return []ValueCount{}
	}
	width := niceWidth((distinct[len(distinct)-1]-distinct[0])/(maxRanges-1), whole)
	first := math.Floor(distinct[0] / width)
	list := make([]ValueCount, int(math.Floor(distinct[len(distinct)-1]/width)-first)+1)
	for i := range list {
		from := (first + float64(i)) * width
		to := from + width
		if whole {
			to-- // 20–29, for those between are none
		}
		list[i].Label = number(from) + "–" + number(to)
		if to == from {
			list[i].Label = number(from)
		}
	}
	for _, n := range numbers {
		list[int(math.Floor(n/width)-first)].Count++
	}
	return list
}

// niceWidth is the smallest of 1, 2, 5, 10, 20… (of 0.1, 0.2… too, unless numbers are whole) that is at least w.
func niceWidth(w float64, whole bool) float64 {
	if whole {
		w = max(w, 1)
	}
	if w == 0 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(w)))
	for _, step := range []float64{1, 2, 5} {
		if step*power >= w {
			return step * power
		}
	}
	return 10 * power
}

// ParseNumber reads a number as people write one in a form: with a comma or a point.
func ParseNumber(text string) (float64, bool) {
	n, err := strconv.ParseFloat(strings.Replace(text, ",", ".", 1), 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n) && math.Abs(n) < 1e15
}

func number(n float64) string {
	return strings.Replace(strconv.FormatFloat(math.Round(n*1e6)/1e6, 'f', -1, 64), "-", "−", 1)
}

// Middle gives the mean and the median of numbers in ascending order; false when there are none.
func Middle(numbers []float64) (mean, median float64, ok bool) {
	n := len(numbers)
	if n == 0 {
		return 0, 0, false
	}
	for _, v := range numbers {
		mean += v / float64(n)
	}
	return mean, (numbers[(n-1)/2] + numbers[n/2]) / 2, true
}

// CountDates counts the answers to a question for a date: day by day where there are few different ones, else by month, else
// by year, the earliest first. What is no date is left out.
func CountDates(answers []string) []ValueCount {
	answers = slices.DeleteFunc(slices.Clone(answers), func(a string) bool { _, err := time.Parse(time.DateOnly, a); return err != nil })
	var list []ValueCount
	for _, letters := range []int{len("2026-03-31"), len("2026-03"), len("2026")} {
		counts := map[string]int{}
		for _, a := range answers {
			counts[a[:letters]]++
		}
		list = list[:0]
		for label, n := range counts {
			list = append(list, ValueCount{label, n})
		}
		if len(list) <= maxRanges {
			break
		}
	}
	Sort(list, func(a, b ValueCount) int { return cmp.Compare(a.Label, b.Label) })
	return list
}
