create role pub_a superuser;
