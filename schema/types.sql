CREATE TYPE request_status AS ENUM ('draft', 'submitted', 'approved', 'rejected');
