package web

// Output is an answer with a JSON body.
type Output[T any] struct{ Body T }

// None is an answer without a body.
type None struct{}

// Data is an answer that is a whole list.
type Data[T any] struct {
	Data []T `json:"data"`
}

// Page says which part of a list is wanted.
type Page struct {
	Limit  int `query:"limit" minimum:"1" maximum:"100" default:"20" doc:"How many at most"`
	Offset int `query:"offset" minimum:"0" maximum:"1000000000" default:"0" doc:"How many to leave out first"`
}

// List is a part of a list.
type List[T any] struct {
	Data       []T        `json:"data"`
	Pagination Pagination `json:"pagination"`
}

// Pagination says which part of a list an answer is, and how long the whole is.
type Pagination struct {
	Total  int `json:"total"`
	Limit  int `json:"limit"`
	Offset int `json:"offset"`
}

// pageOf gives a part of a list that is short enough to be read whole.
func pageOf[T any](list []T, p Page) List[T] {
	from := min(p.Offset, len(list))
	to := min(from+p.Limit, len(list))
	return List[T]{notNull(list[from:to]), Pagination{len(list), p.Limit, p.Offset}}
}

// orNull gives null in JSON for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
