create operator family whole using btree;
