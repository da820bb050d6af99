// Package seed makes tenants of many enrolled users, who can really log in: their secrets are sealed, each for
// its own row, under the keyset of the deployment, and so are their recovery codes.
//
// How a row is laid out is not known here. One user is committed through the product's own store; PostgreSQL
// gives that row back as COPY writes it, and takes a million others in which nothing differs but names, ids and
// ciphertexts. On SQLite, where no COPY is, all go through the store.
package seed
