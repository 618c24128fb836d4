package call

import "net/http"

// Response notes what is answered.
type Response struct {
	http.ResponseWriter
	Status   int
	BytesOut int64
}

// WriteHeader notes the status.
func (w *Response) WriteHeader(status int) {
	if w.Status == 0 {
		w.Status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *Response) Write(p []byte) (int, error) {
	if w.Status == 0 {
		w.Status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.BytesOut += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *Response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
