-- +goose Up
ALTER TABLE dossier_dossier VALIDATE CONSTRAINT dossier_dossier_channel_check;
