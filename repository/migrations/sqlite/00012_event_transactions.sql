-- PostgreSQL needs an index here. The versions of both engines are the same.

-- +goose Up

SELECT 1;

-- +goose Down

SELECT 1;
