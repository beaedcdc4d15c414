--
-- PostgreSQL database dump
--

SET statement_timeout = 0;

CREATE TABLE public.users (
    id bigint NOT NULL,
    email character varying DEFAULT ''::character varying NOT NULL
);

COPY public.schema_migrations (version) FROM stdin;
20230511102030
\.

COPY public.users (id, email, encrypted_password, reset_password_token, reset_password_sent_at, remember_created_at, sign_in_count, current_sign_in_at, last_sign_in_at, current_sign_in_ip, last_sign_in_ip, confirmation_token, confirmed_at, confirmation_sent_at, unconfirmed_email, failed_attempts, unlock_token, locked_at, created_at, updated_at) FROM stdin;
1	devise@example.com	$2a$04$9ccFdl7prZT9qOBs4pDXiODD6qRDiDHiYrxDK8xf5p9.0j/6kfCv2	\N	\N	\N	3	2024-05-11 10:20:30.5	2024-05-10 10:20:30	203.0.113.7	203.0.113.7	\N	2023-05-11 10:25:30	2023-05-11 10:20:30	\N	0	\N	\N	2023-05-11 10:20:30.123456	2024-05-11 10:20:30
2	devise-off@example.com	$2a$04$9ccFdl7prZT9qOBs4pDXiODD6qRDiDHiYrxDK8xf5p9.0j/6kfCv2	\N	\N	\N	3	2024-05-11 10:20:30.5	2024-05-10 10:20:30	203.0.113.7	203.0.113.7	\N	2023-05-11 10:25:30	2023-05-11 10:20:30	\N	0	\N	2024-06-01 00:00:00	2023-05-11 10:20:30.123456	2024-05-11 10:20:30
\.
