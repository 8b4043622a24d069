create role sub_a superuser;
