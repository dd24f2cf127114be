// Casts an integer code to FP7 [1,4,2] (field f, mantissa m: (1 + m/4) 2^(f-1), zero for f = 0), to nearest even.
// int4, two's complement, is exact, -8 included; UINT4 = 1 takes uint4, which rounds above 8. Zero is positive.
// Combinational.
//   code = 4'h3 (3): 7'h0A.   4'h9 (-7): 7'h4F.   4'h8 (-8): 7'h50.   UINT4, code = 4'hB (11): 7'h12 (12).
module fp7_from_int4 #(
    parameter UINT4 = 0
) (
    input  wire [3:0] code,
    output wire [6:0] fp7
);
  wire sign = UINT4 == 0 && code[3];
  wire [3:0] magnitude = sign ? -code : code;
  reg [5:0] value;
  always @* begin
    case (magnitude)
      4'd0: value = {4'd0, 2'd0};
      4'd1: value = {4'd1, 2'd0};
      4'd2: value = {4'd2, 2'd0};
      4'd3: value = {4'd2, 2'd2};
      4'd4: value = {4'd3, 2'd0};
      4'd5: value = {4'd3, 2'd1};
      4'd6: value = {4'd3, 2'd2};
      4'd7: value = {4'd3, 2'd3};
      // Above 8 the third significant bit is worth 2: ties go to the even one, so 9 gives 8 and 15 gives 16.
      4'd8, 4'd9: value = {4'd4, 2'd0};
      4'd10: value = {4'd4, 2'd1};
      4'd11, 4'd12, 4'd13: value = {4'd4, 2'd2};
      4'd14: value = {4'd4, 2'd3};
      default: value = {4'd5, 2'd0};
    endcase
  end
  assign fp7 = {sign, value};
endmodule
