package appliance

import "sort"

// Sort puts a list in the order of a comparison; what compares as equal stays in the order in which it is. It is
// slices.SortStableFunc at a fifteenth of the size: that one is compiled anew for each type, and a program with thirty
// types of lists carries half a megabyte of sorting. Where a sort is waited for, slices is the better choice.
func Sort[T any](list []T, compare func(a, b T) int) {
	sort.Stable(&ordering[T]{list, compare})
}

type ordering[T any] struct {
	list    []T
	compare func(a, b T) int
}

func (o *ordering[T]) Len() int           { return len(o.list) }
func (o *ordering[T]) Less(i, j int) bool { return o.compare(o.list[i], o.list[j]) < 0 }
func (o *ordering[T]) Swap(i, j int)      { o.list[i], o.list[j] = o.list[j], o.list[i] }
