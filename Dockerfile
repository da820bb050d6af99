# The service in an empty image: one static binary, the certificate authorities and a directory for data.
#
#   docker build -t countersign .                      builds from source
#   make image-prebuilt                               takes bin/countersign as built here

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.version=${VERSION}" \
      -o /out/countersign ./cmd/countersign \
 && mkdir /out/data

FROM scratch AS base
# The database is not named here, so that COUNTERSIGN_DATABASE_URL_FILE may name it: the default,
# data/countersign.db, lies in the volume.
ENV COUNTERSIGN_ADDR=0.0.0.0:8080
EXPOSE 8080
ENTRYPOINT ["/countersign"]
CMD ["serve"]
# Whether it lives, not whether it is ready: what is restarted for it must not be restarted for its database.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/countersign", "healthcheck", "--live"]

FROM base AS prebuilt
COPY bin/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY bin/countersign /countersign
# An empty image has no mkdir: a directory comes into being by copying an empty one.
COPY --chown=65532:65532 bin/data/ /data/
USER 65532:65532
WORKDIR /
VOLUME /data

FROM base AS final
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/countersign /countersign
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
WORKDIR /
VOLUME /data
