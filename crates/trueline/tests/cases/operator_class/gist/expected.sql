CREATE FUNCTION public.p_consistent(internal, point, integer, oid, internal)
 RETURNS boolean
 LANGUAGE internal
 IMMUTABLE
AS $function$gist_point_consistent$function$;
CREATE FUNCTION public.p_fetch(internal)
 RETURNS internal
 LANGUAGE internal
 IMMUTABLE
AS $function$gist_point_fetch$function$;
CREATE OPERATOR FAMILY public.spots USING gist;
ALTER OPERATOR FAMILY public.spots USING gist ADD FUNCTION 3 (point, point) gist_point_compress(internal);
ALTER OPERATOR FAMILY public.spots USING gist ADD FUNCTION 8 (point, point) gist_point_distance(internal,point,smallint,oid,internal);
ALTER OPERATOR FAMILY public.spots USING gist ADD FUNCTION 9 (point, point) public.p_fetch(internal);
ALTER OPERATOR FAMILY public.spots USING gist ADD OPERATOR 11 |>>(point,point);
ALTER OPERATOR FAMILY public.spots USING gist ADD OPERATOR 15 <->(point,point) FOR ORDER BY pg_catalog.float_ops;
CREATE OPERATOR CLASS public.spots FOR TYPE point USING gist FAMILY public.spots AS
    STORAGE box,
    FUNCTION 1 (point, point) public.p_consistent(internal,point,integer,oid,internal),
    FUNCTION 2 (point, point) gist_box_union(internal,internal),
    FUNCTION 5 (point, point) gist_box_penalty(internal,internal,internal),
    FUNCTION 6 (point, point) gist_box_picksplit(internal,internal),
    FUNCTION 7 (point, point) gist_box_same(box,box,internal);
