// An fp8 code, e4m3 or (e5m2 = 1) e5m2 as OCP has them, in the format that holds both: sign, 5 exponent bits of bias
// 15, 3 mantissa bits; IEEE's subnormals, infinities and NaN. Exact. Only e5m2's subnormals stay subnormal.
// Combinational.
//   code = 8'h38 (1): value = 9'h078.   8'h81 (-2^-9): 9'h130.   8'h7F (NaN): 9'h0FC.   e5m2, 8'h01 (2^-16): 9'h002.
module fp8_to_e5m3 (
    input  wire       e5m2,
    input  wire [7:0] code,
    output wire [8:0] value
);
  wire [3:0] field = code[6:3];
  wire [2:0] m = code[2:0];
  reg [7:0] from_e4m3;
  always @* begin
    if (&code[6:0]) from_e4m3 = {5'd31, 3'b100};
    else if (field != 4'd0) from_e4m3 = {{1'b0, field} + 5'd8, m};
    else if (m[2]) from_e4m3 = {5'd8, m[1:0], 1'b0};
    else if (m[1]) from_e4m3 = {5'd7, m[0], 2'b00};
    else from_e4m3 = {m[0] ? 5'd6 : 5'd0, 3'b000};
  end
  assign value = {code[7], e5m2 ? {code[6:0], 1'b0} : from_e4m3};
endmodule
