ALTER TABLE "import_rights" DROP CONSTRAINT "import_rights_import_id_position_import_people_import_id_position_fk";
--> statement-breakpoint
CREATE FUNCTION drop_import_rights() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM import_rights WHERE import_id = OLD.id;
  RETURN NULL;
END $$;--> statement-breakpoint
CREATE TRIGGER import_rights_go_with_their_import AFTER DELETE ON "imports"
FOR EACH ROW EXECUTE FUNCTION drop_import_rights();
