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

// orNull gives null in JSON for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
