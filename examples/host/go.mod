module github.com/countersign/countersign/examples/host

go 1.26.0

require github.com/countersign/countersign/clients/go v0.0.0

require github.com/golang-jwt/jwt/v5 v5.3.1 // indirect

replace github.com/countersign/countersign/clients/go => ../../clients/go
