package weather

import _ "embed"

// dataset is a file that comes with the program. README.md says where from.
type dataset struct {
	name   string
	source string
	csv    []byte
}

//go:embed seattle-weather.csv
var seattle []byte

//go:embed seattle-weather-hourly-normals.csv
var seattleNormals []byte

// all is what `up` begins with: 5,844 readings of four years of days, and 26,277 of the hours of a normal year.
var all = []dataset{
	{"seattle-weather.csv", "seattle", seattle},
	{"seattle-weather-hourly-normals.csv", "seattle-normals", seattleNormals},
}
