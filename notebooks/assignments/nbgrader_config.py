"""What nbgrader has to know, for `course.py` and for the command `nbgrader` in this folder."""

c = get_config()  # noqa: F821 - the name is given by the loader

c.CourseDirectory.course_id = "gans"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError  # your code"}
c.Execute.timeout = 60  # seconds a cell
c.Execute.iopub_timeout = 10
c.HTMLExporter.sanitize_html = True  # a submission's scripts do not run on the feedback page
