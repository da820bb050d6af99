package api

// Negotiate returns the offer that an Accept header likes best.
var Negotiate = negotiate

// FactorBody is what a factor is answered as.
var FactorBody = factorBody

// Recoded returns what a cursor of a list is written as again, once read.
func Recoded(list, text string) (string, error) {
	c, err := after(list, text)
	if err != nil || text == "" {
		return "", err
	}
	return *c.text(), nil
}

// CursorOf returns the cursor after an item of a list.
func CursorOf(list, after string, names ...string) string {
	return *cursor{List: list, After: after, Names: names}.text()
}
