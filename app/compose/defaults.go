package compose

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Default is the configuration of a node that nobody configured: an embedded store in the folder tidemark-data, on a
// loopback address. The tags of Config say it.
func Default() (cfg Config) {
	setDefaults(reflect.ValueOf(&cfg).Elem())
	return cfg
}

// setDefaults sets the fields of a struct, and of those in it, to what their tags say. It panics at a tag that its
// field does not take, which is a bug.
func setDefaults(of reflect.Value) {
	for i := range of.NumField() {
		field, tag := of.Field(i), of.Type().Field(i).Tag
		if _, embedded := tag.Lookup("embed"); embedded {
			setDefaults(field)
			continue
		}
		if text, ok := tag.Lookup("default"); ok {
			if err := set(field, text); err != nil {
				panic(fmt.Sprintf("the default of %s.%s: %v", of.Type(), of.Type().Field(i).Name, err))
			}
		}
	}
}

// set sets a field to what a text says, as the command line does.
func set(field reflect.Value, text string) error {
	switch p := field.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	case *time.Duration:
		d, err := time.ParseDuration(text)
		*p = d
		return err
	}
	switch {
	case field.Kind() == reflect.String:
		field.SetString(text)
	case field.CanInt():
		n, err := strconv.ParseInt(text, 10, field.Type().Bits())
		field.SetInt(n)
		return err
	case field.CanFloat():
		x, err := strconv.ParseFloat(text, field.Type().Bits())
		field.SetFloat(x)
		return err
	default:
		return fmt.Errorf("%s is no kind that has one", field.Type())
	}
	return nil
}
